#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace {

// Every connection takes a file descriptor, and so do table files, log segments and handlers, which
// must never find that the connections have taken them all.

// How many of `wanted` connections there is room for among `open_files` descriptors: what the rest
// of the server may need stays free.
size_t ConnectionsWithin(uint64_t open_files, size_t wanted);

// Raises this process's soft limit of open files as far as the hard one goes. The limit it has
// then.
uint64_t RaiseOpenFilesLimit();

// What to say when fewer connections than `wanted` fit; empty when all do.
std::string MissingDescriptorsText(uint64_t open_files, size_t wanted);

}  // namespace millrace
