"""Checkers of what concurrent clients recorded: functions of a history alone, which return what is wrong with it. What they find is
shown in test_history_check.py."""
import collections


def faults_of_balances(balances, total):
    """Of accounts that only pass money to each other."""
    faults = [f"{account} owes" for account, balance in balances.items() if balance < 0]
    if sum(balances.values()) != total:
        faults.append(f"the sum is {sum(balances.values())}")
    return faults


def faults_of_order(done):
    """Of transactions that took effect: [({node: version that was read}, nodes of which the next version was made)]. Who read a
    version comes after who made it, and before who made the next one; versions start at 0."""
    faults = []
    maker = {}
    for number, (read, written) in enumerate(done):
        for node in written:
            if maker.setdefault((node, read[node] + 1), number) != number:
                faults.append(f"two made version {read[node] + 1} of {node}")
    after = collections.defaultdict(set)
    for number, (read, _) in enumerate(done):
        for node, version in read.items():
            if (node, version) in maker:
                after[maker[node, version]].add(number)
            elif version:
                faults.append(f"nobody made version {version} of {node}, which was seen")
            if (node, version + 1) in maker:
                after[number].add(maker[node, version + 1])
    before = collections.Counter(second for first, others in after.items() for second in others - {first})
    free = [number for number in range(len(done)) if not before[number]]
    placed = 0
    while free:
        placed += 1
        first = free.pop()
        for second in after[first] - {first}:
            before[second] -= 1
            if not before[second]:
                free.append(second)
    if placed != len(done):
        faults.append(f"{len(done) - placed} go round in a circle")
    return faults
