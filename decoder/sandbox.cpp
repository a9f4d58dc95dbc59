#include "decoder/sandbox.hpp"

#include "decoder/sanitized.hpp"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGKILL
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>

namespace chiptrail::decoder {

namespace {

void limit(__rlimit_resource what, rlim_t value) {
    const struct rlimit both { value, value };
    ::setrlimit(what, &both);
}

#ifndef CHIPTRAIL_SANITIZED
/// Pages of address space and of private data that the process has now; proc(5), statm.
struct Pages {
    std::int64_t all = 0;
    std::int64_t data = 0;
};

Pages pages_now() {
    std::ifstream statm("/proc/self/statm");
    Pages pages;
    std::int64_t ignored = 0;
    statm >> pages.all >> ignored >> ignored >> ignored >> ignored >> pages.data;
    return pages;
}
#endif

bool limit_memory([[maybe_unused]] std::int64_t more) {
#ifdef CHIPTRAIL_SANITIZED
    return false;
#else
    // One arena and small stacks, so that threads do not reserve what no picture uses.
    ::mallopt(M_ARENA_MAX, 1);
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    constexpr std::size_t kStack = std::size_t{2} * 1024 * 1024;
    ::pthread_attr_setstacksize(&attributes, kStack);
    ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);

    const auto pages = pages_now();
    const auto page = ::sysconf(_SC_PAGESIZE);
    if (pages.all == 0) {
        return false;
    }
    // Shared anonymous memory counts in the first alone.
    constexpr std::int64_t kReserved = std::int64_t{64} * 1024 * 1024;
    limit(RLIMIT_AS, static_cast<rlim_t>(pages.all * page + more + kReserved));
    limit(RLIMIT_DATA, static_cast<rlim_t>(pages.data * page + more));
    return true;
#endif
}

void limit_the_rest() {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    // What is open stays open; there is no number left for a new one.
    limit(RLIMIT_NOFILE, 0);
}

/// linux/landlock.h as of Linux 6.12; Debian 12 has an older one.
struct LandlockRules {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};

/// No rule is added, so everything that is handled is forbidden.
int deny_files_by_landlock() {
#if defined(SYS_landlock_create_ruleset)
    constexpr unsigned kAskVersion = 1;
    const auto version =
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion));
    if (version < 1) {
        return 0;
    }
    LandlockRules rules;
    rules.files = (1ULL << 13U) - 1;  // Version 1.
    rules.files |= version >= 2 ? 1ULL << 13U : 0;
    rules.files |= version >= 3 ? 1ULL << 14U : 0;
    rules.files |= version >= 5 ? 1ULL << 15U : 0;
    std::size_t size = sizeof rules.files;
    if (version >= 4) {
        rules.network = 3;
        size += sizeof rules.network;
    }
    if (version >= 6) {
        rules.scoped = 3;
        size += sizeof rules.scoped;
    }
    const auto ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0));
    if (ruleset < 0) {
        return 0;
    }
    const auto done = ::syscall(SYS_landlock_restrict_self, ruleset, 0);
    ::close(ruleset);
    return done == 0 ? version : 0;
#else
    return 0;
#endif
}

/// What decoders, the C library's memory and threads, and one socket need.
constexpr std::array kAllowed{SCMP_SYS(read),
                              SCMP_SYS(write),
                              SCMP_SYS(writev),
                              SCMP_SYS(recvfrom),
                              SCMP_SYS(recvmsg),
                              SCMP_SYS(sendto),
                              SCMP_SYS(sendmsg),
                              SCMP_SYS(poll),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(madvise),
                              SCMP_SYS(brk),
                              SCMP_SYS(futex),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(clock_nanosleep),
                              SCMP_SYS(nanosleep),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(rt_sigaction),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(sigaltstack),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(sched_getaffinity),
                              SCMP_SYS(set_robust_list),
                              SCMP_SYS(rseq),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(tgkill),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(close),
                              SCMP_SYS(membarrier),
                              SCMP_SYS(sysinfo)};

bool add_rules(scmp_filter_ctx filter) {
    bool good = true;
    for (const auto call : kAllowed) {
        good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0 && good;
    }
    // Memory, but never memory that can be run.
    constexpr scmp_arg_cmp kCannotRun{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    for (const auto call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, kCannotRun) == 0 && good;
    }
    // Threads, but no processes; clone3 hides its flags, so the C library must use clone.
    constexpr scmp_arg_cmp kThread{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD};
    good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, kThread) == 0 && good;
    good = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 && good;
    // Names of threads, memory hints: nothing is lost without.
    for (const auto call : {SCMP_SYS(prctl),
                            SCMP_SYS(sched_setaffinity),
                            SCMP_SYS(sched_setscheduler),
                            SCMP_SYS(sched_getparam),
                            SCMP_SYS(sched_getscheduler),
                            SCMP_SYS(get_mempolicy),
                            SCMP_SYS(lseek),
                            SCMP_SYS(ioctl)}) {
        good = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) == 0 && good;
    }
    return good;
}

bool install_filter() {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == nullptr) {
        return false;
    }
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // The calls of decoding come early in a tree; a list would be walked for each.
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    const bool loaded = add_rules(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return loaded;
}

}  // namespace

Sandbox enter_sandbox(const SandboxOptions& options) {
    Sandbox sandbox;
    ::prctl(PR_SET_DUMPABLE, 0);
    sandbox.no_new_privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    // A user namespace first, where that is what it takes to have a network of one's own.
    sandbox.own_network =
        ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWNET) == 0;
    // After the namespaces, whose making forgets it. The parent may be gone already.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != options.parent) {
        ::_exit(0);
    }
    // Reads /proc, which Landlock then forbids.
    sandbox.memory_limit = limit_memory(options.max_memory_bytes);
    sandbox.landlock = deny_files_by_landlock();
    limit_the_rest();
    // Last: the filter forbids all of the above.
    sandbox.filter = install_filter();
    return sandbox;
}

}  // namespace chiptrail::decoder
