#include "tests/contract/crawl_store_suite.hpp"
#include "tests/support/fake_crawl_store.hpp"

#include <memory>

using namespace chiptrail;

namespace {

class FakeHarness final : public tests::CrawlStoreHarness {
public:
    crawler::CrawlStore& reopen() override {
        store_ = std::make_unique<tests::FakeCrawlStore>(disk_);
        return *store_;
    }
    void add(const std::string& url) override {
        tests::FakeCrawlStore(disk_).add(url);
    }

private:
    std::shared_ptr<tests::FakeCrawlStore::Disk> disk_ =
        std::make_shared<tests::FakeCrawlStore::Disk>();
    std::unique_ptr<tests::FakeCrawlStore> store_;
};

}  // namespace

TEST_CASE("crawl store: the fake keeps the contract", "[crawler][contract]") {
    tests::run_crawl_store_suite([] { return std::make_unique<FakeHarness>(); });
}
