#pragma once

// CHIPTRAIL_SANITIZED is defined in builds with an address or thread sanitizer, which need more
// memory and system calls than the decoder is given otherwise.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHIPTRAIL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHIPTRAIL_SANITIZED 1
#endif
#endif
