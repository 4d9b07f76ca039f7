# The third parties, all from Debian 12, as targets millrace::NAME. Link them PRIVATE: their headers stay
# in a few .cc files.
#
#   rocksdb flatbuffers simdjson xxhash deflate isal zlib zstd openssl (ssl and crypto) openssl_crypto seccomp curl
#   spdlog (the compiled library, with its fmt) cli11 threads
#   boost (every header-only part: Asio, Beast, Intrusive...) boost_url boost_context boost_filesystem
#   zmq (libzmq, the peer of our ZMTP in tests)

include(SdkDependencies)

millrace_import(rocksdb rocksdb/db.h rocksdb)
millrace_import(deflate libdeflate.h deflate)
millrace_import(isal isa-l/igzip_lib.h isal)
millrace_import(zlib zlib.h z)
millrace_import(zstd zstd.h zstd)
millrace_import(seccomp seccomp.h seccomp)
millrace_import(curl curl/curl.h curl)
millrace_import(cli11 CLI/CLI.hpp "")

find_package(spdlog CONFIG REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers url context filesystem)

millrace_alias(openssl OpenSSL::SSL OpenSSL::Crypto)
millrace_alias(spdlog spdlog::spdlog)
millrace_alias(boost Boost::headers Threads::Threads)
millrace_alias(boost_url Boost::url)
millrace_alias(boost_context Boost::context)
millrace_alias(boost_filesystem Boost::filesystem)

# Tests need GoogleTest and libzmq; a machine that only runs Millrace does not.
find_package(GTest CONFIG QUIET)
if(GTest_FOUND)
  millrace_import(zmq zmq.hpp zmq)
endif()

find_program(MILLRACE_FLATC flatc REQUIRED)
