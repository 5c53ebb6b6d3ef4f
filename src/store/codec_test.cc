#include "store/codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace wws::store {
namespace {

using std::chrono::milliseconds;

const std::string kBytes("\0\xFFkey", 5);

std::vector<kv::Request> requests() {
  kv::Transaction transaction;
  transaction.namespace_version = 7;
  transaction.checks = {{"a", 1}, {kBytes, 0}};
  transaction.puts = {{"p", kBytes, milliseconds(5)}, {"q", "", {}, "{}"}};
  transaction.deletes = {"d", ""};
  return {kv::Get{kBytes, kv::Visibility::kOrdered},
          kv::GetMany{{"a", kBytes, ""}, kv::Visibility::kDurable},
          kv::List{"p", "after", 17, kv::PageContent::kRecords, kv::Visibility::kOrdered},
          kv::ReadNamespace{kv::Visibility::kOrdered},
          kv::Put{"k", kBytes, milliseconds(-1), kv::PutCondition::kPresent, "{\"a\":1}"},
          kv::Delete{kBytes},
          kv::Increment{"n", -3, milliseconds(1)},
          kv::CompareAndSwap{"c", 9, std::nullopt, milliseconds(2)},
          kv::CompareAndSwap{"c", 0, kBytes, std::nullopt},
          transaction};
}

std::vector<kv::Outcome> outcomes() {
  const auto record =
      std::make_shared<const kv::Record>(kv::Record{kBytes, 3, kv::Expiry(milliseconds(9)), "[1]"});
  return {kv::Reply{5, kv::Found{record}},
          kv::Reply{5, kv::Found{}},
          kv::Reply{5, kv::FoundMany{{record, nullptr}}},
          kv::Reply{5, kv::Page{{{"k", 3, record}, {"l", 4, nullptr}}, "next"}},
          kv::Reply{5, kv::Map{{{"k", 3, record}}}},
          kv::Reply{6, kv::Written{6}},
          kv::Reply{6, kv::Deleted{0}},
          kv::Reply{6, kv::Incremented{-4, 6}},
          std::unexpected(kv::Failure::kConflict),
          std::unexpected(kv::Failure::kUnknown)};
}

template <class T>
std::string encoded(const T& value) {
  std::string bytes;
  encode(value, bytes);
  return bytes;
}

TEST(Codec, ReadsWhatItWrote) {
  for (const kv::Request& request : requests()) {
    const auto read = decode_request(encoded(request));
    ASSERT_TRUE(read) << request.index();
    EXPECT_EQ(read->index(), request.index());
    EXPECT_EQ(encoded(*read), encoded(request)) << request.index();
  }
  for (const kv::Outcome& outcome : outcomes()) {
    const auto read = decode_outcome(encoded(outcome));
    ASSERT_TRUE(read);
    EXPECT_EQ(encoded(*read), encoded(outcome));
  }
}

TEST(Codec, KeepsEveryPartOfARequest) {
  const auto put = std::get<kv::Put>(*decode_request(encoded(requests()[4])));
  EXPECT_EQ(put.key, "k");
  EXPECT_EQ(put.value, kBytes);
  EXPECT_EQ(put.time_to_live, milliseconds(-1));
  EXPECT_EQ(put.condition, kv::PutCondition::kPresent);
  EXPECT_EQ(put.metadata, "{\"a\":1}");
  const auto transaction = std::get<kv::Transaction>(*decode_request(encoded(requests().back())));
  EXPECT_EQ(transaction.namespace_version, 7U);
  EXPECT_EQ(transaction.checks.at(1).key, kBytes);
  EXPECT_EQ(transaction.puts.at(0).time_to_live, milliseconds(5));
  EXPECT_EQ(transaction.puts.at(1).metadata, "{}");
  EXPECT_EQ(transaction.deletes.at(0), "d");
}

TEST(Codec, RefusesWhatIsCutOffOrTooLong) {
  for (const kv::Request& request : requests()) {
    const std::string whole = encoded(request);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(decode_request(whole.substr(0, size)));
    EXPECT_FALSE(decode_request(whole + '\0'));
  }
  for (const kv::Outcome& outcome : outcomes()) {
    const std::string whole = encoded(outcome);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(decode_outcome(whole.substr(0, size)));
    EXPECT_FALSE(decode_outcome(whole + '\0'));
  }
}

TEST(Codec, RefusesNumbersThatMeanNothing) {
  std::string get = encoded(kv::Request(kv::Get{"k"}));
  get.back() = 1;  // the highest byte of its visibility
  EXPECT_FALSE(decode_request(get));
  std::string request = encoded(requests().front());
  request.front() = static_cast<char>(std::variant_size_v<kv::Request>);
  EXPECT_FALSE(decode_request(request));
  std::string failure = encoded(kv::Outcome(std::unexpected(kv::Failure::kUnknown)));
  ++failure.back();
  EXPECT_FALSE(decode_outcome(failure));
}

/// A count of 4 billion elements is five bytes of a hostile process.
TEST(Codec, TakesAnyBytes) {
  std::mt19937 random(1);
  const auto all = requests();
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = encoded(all[random() % all.size()]);
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto read = decode_request(bytes);
    EXPECT_TRUE(!read || encoded(*read).size() == bytes.size());
    (void)decode_outcome(bytes);
  }
}

}  // namespace
}  // namespace wws::store
