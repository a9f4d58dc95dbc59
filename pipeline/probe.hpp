#pragma once

// Fetches one page as a crawl would (robots.txt, delay, redirects, limits) and reads it with the
// sources' recipes. Stores nothing. For `chiptrail sources test`.

#include "core/http.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "crawler/crawler.hpp"
#include "extract/extractor.hpp"

#include <cstddef>
#include <stop_token>
#include <vector>

namespace chiptrail::pipeline {

struct ProbeResult {
    std::vector<core::Exchange> exchanges;  ///< redirects in order, the final one last
    extract::Extraction extraction;         ///< empty when nothing could be fetched
};

/// Failure::refused when robots.txt forbids it; else the fetch's own failure.
[[nodiscard]] core::Result<ProbeResult> probe_page(const core::Url& url,
                                                   crawler::Fetcher& fetcher,
                                                   const core::Clock& clock,
                                                   const crawler::Crawler::Options& options,
                                                   const extract::Extractor& extractor,
                                                   std::size_t max_inflated_bytes,
                                                   const std::stop_token& stop);

}  // namespace chiptrail::pipeline
