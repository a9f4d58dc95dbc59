#include "pipeline/page_reading.hpp"

#include "crawler/content_coding.hpp"

#include <utility>

namespace chiptrail::pipeline {

core::Result<std::string> decoded_body(const core::Exchange& exchange, std::size_t max_bytes) {
    auto decoded = crawler::decode(exchange.body, exchange.response_headers, max_bytes);
    if (!decoded) {
        return tl::unexpected<core::Failure>(std::move(decoded).error());
    }
    return std::move(decoded->body);
}

core::Result<extract::Extraction> read_page(const extract::Extractor& extractor,
                                            const core::Exchange& exchange,
                                            std::size_t max_inflated_bytes) {
    auto url = core::Url::parse(exchange.url);
    if (!url) {
        return tl::unexpected<core::Failure>(std::move(url).error());
    }
    auto body = decoded_body(exchange, max_inflated_bytes);
    if (!body) {
        return tl::unexpected<core::Failure>(std::move(body).error());
    }
    return extractor.extract(extract::Page{
        .body = *body,
        .content_type =
            std::string(core::find_header(exchange.response_headers, "content-type").value_or("")),
        .url = *url,
        .status = exchange.status,
        .fetched_at = exchange.requested_at,
    });
}

}  // namespace chiptrail::pipeline
