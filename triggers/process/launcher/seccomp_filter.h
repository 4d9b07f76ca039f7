#pragma once

namespace millrace {

// Writes the system calls that a handler may make, as a BPF program, to `fd`. 0, or an errno.
//
// An allow-list. What is not on it gets ENOSYS, as on an older kernel, since glibc and other
// libraries know how to do without (clone3, io_uring, ...). What only an attack or a
// misunderstanding calls gets EPERM, so that a program says "Operation not permitted" rather than
// something puzzling. Neither kills: a library that merely probes must not end a handler. Calls of
// another architecture's table kill.
int WriteSeccompFilter(int fd);

}  // namespace millrace
