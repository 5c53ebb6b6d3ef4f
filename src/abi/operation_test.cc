#include "abi/operation.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "abi/services.h"

namespace wws::abi {
namespace {

struct Text final : OperationResult {
  explicit Text(std::string value) : text(std::move(value)) {}
  std::string text;
};

class Shop final : public Service {
 public:
  static constexpr std::string_view kName = "shop";
  void cancel(const Ticket& ticket) noexcept override { cancelled.push_back(ticket); }
  std::vector<Ticket> cancelled;
};

struct Bank final : Service {
  static constexpr std::string_view kName = "bank";
  void cancel(const Ticket&) noexcept override {}
};

std::string text_of(const std::expected<std::unique_ptr<OperationResult>, NativeError>& result) {
  return result ? static_cast<const Text&>(**result).text : "error " + std::to_string(int(result.error()));
}

class OperationsTest : public ::testing::Test {
 protected:
  Shop shop_;
  Operations operations_{7};
  const base::Instant when_{std::chrono::seconds(5)};
};

TEST_F(OperationsTest, TimersAreNumbersThatAreGivenAgain) {
  EXPECT_EQ(operations_.add_timer(when_), 16U);
  EXPECT_EQ(operations_.add_timer(when_), 17U);
  EXPECT_EQ(operations_.ready_at(16), when_);
  EXPECT_EQ(operations_.ready_at(0), std::nullopt) << "there are no streams";
  EXPECT_EQ(operations_.ready_at(18), std::nullopt);
  EXPECT_EQ(operations_.ready_at(0xffffffff), std::nullopt);
  EXPECT_TRUE(operations_.cancel(16));
  EXPECT_FALSE(operations_.cancel(16));
  EXPECT_FALSE(operations_.cancel(1));
  EXPECT_EQ(operations_.add_timer(when_), 16U);
  operations_.told(16);
  EXPECT_EQ(operations_.ready_at(16), std::nullopt);
}

TEST_F(OperationsTest, AServiceAnswersLater) {
  const auto ticket = operations_.begin(shop_);
  ASSERT_TRUE(ticket);
  EXPECT_EQ(*ticket, (Ticket{7, 16, 1}));
  EXPECT_EQ(operations_.ready_at(16), base::Instant::max());
  EXPECT_EQ(operations_.take_result(16, shop_).error(), NativeError::kAgain);
  EXPECT_TRUE(operations_.complete(*ticket, std::make_unique<Text>("bread")));
  EXPECT_FALSE(operations_.complete(*ticket, std::make_unique<Text>("twice")));
  EXPECT_EQ(operations_.ready_at(16), base::Instant::min());
  operations_.told(16);
  EXPECT_EQ(text_of(operations_.take_result(16, shop_)), "bread");
  EXPECT_EQ(operations_.take_result(16, shop_).error(), NativeError::kInvalid);
  EXPECT_TRUE(shop_.cancelled.empty());
}

TEST_F(OperationsTest, ResultsAreForTheirServiceAlone) {
  Bank bank;
  const auto ticket = operations_.begin(shop_);
  (void)operations_.add_timer(when_);
  EXPECT_TRUE(operations_.complete(*ticket, std::make_unique<Text>("bread")));
  EXPECT_EQ(operations_.take_result(16, bank).error(), NativeError::kInvalid);
  EXPECT_EQ(operations_.take_result(17, shop_).error(), NativeError::kInvalid);
  operations_.cancel(16);
}

TEST_F(OperationsTest, WhatComesAfterACancelIsDropped) {
  const auto first = operations_.begin(shop_);
  EXPECT_TRUE(operations_.cancel(16));
  EXPECT_EQ(shop_.cancelled, (std::vector<Ticket>{*first}));
  EXPECT_FALSE(operations_.complete(*first, std::make_unique<Text>("late")));
  const auto second = operations_.begin(shop_);
  EXPECT_EQ(second->number, 16U) << "the same number, and";
  EXPECT_FALSE(operations_.complete(*first, std::make_unique<Text>("late"))) << "not the same operation";
  EXPECT_EQ(operations_.take_result(16, shop_).error(), NativeError::kAgain);
  EXPECT_FALSE(operations_.complete({8, 16, second->use}, std::make_unique<Text>("another's")));
}

TEST_F(OperationsTest, CancelsWhatIsPendingAtTheEnd) {
  {
    Operations operations(9);
    const auto done = operations.begin(shop_);
    (void)operations.begin(shop_);
    EXPECT_TRUE(operations.complete(*done, std::make_unique<Text>("bread")));
  }
  EXPECT_EQ(shop_.cancelled, (std::vector<Ticket>{{9, 17, 1}}));
}

// A guest that had set a timer went on waiting after its client had left.
TEST_F(OperationsTest, EverythingIsReadyWhenTheClientHasLeft) {
  (void)operations_.add_timer(when_);
  (void)operations_.begin(shop_);
  operations_.close();
  EXPECT_EQ(operations_.ready_at(16), base::Instant::min());
  EXPECT_EQ(operations_.ready_at(17), base::Instant::min());
  EXPECT_EQ(operations_.ready_at(18), std::nullopt);
  EXPECT_EQ(operations_.take_result(17, shop_).error(), NativeError::kClosed);
}

TEST_F(OperationsTest, ThereIsALimit) {
  for (std::size_t i = 0; i < Operations::kMost; ++i) {
    EXPECT_TRUE(operations_.has_room());
    EXPECT_TRUE(operations_.add_timer(when_));
  }
  EXPECT_FALSE(operations_.has_room());
  EXPECT_EQ(operations_.add_timer(when_).error(), NativeError::kLimit);
  EXPECT_EQ(operations_.begin(shop_).error(), NativeError::kLimit);
  operations_.cancel(Operations::kFirst + 5);
  EXPECT_TRUE(operations_.has_room());
}

TEST(Services, AreFoundByTheirClass) {
  Shop shop;
  Services services;
  services.add(shop);
  EXPECT_EQ(services.find<Shop>(), &shop);
  EXPECT_EQ(services.find<Bank>(), nullptr);
}

class Switch final : public Operation {
 public:
  explicit Switch(bool& is_on, int& ended) : is_on_(is_on), ended_(ended) {}
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;
  ~Switch() override { ++ended_; }
  [[nodiscard]] base::Instant ready_at() const noexcept override {
    return is_on_ ? base::Instant::min() : base::Instant::max();
  }

 private:
  bool& is_on_;
  int& ended_;
};

TEST(OperationsOfAService, AreReadyAsTheySayAndEndWithTheirNumber) {
  class Quiet final : public Service {
    void cancel(const Ticket&) noexcept override { ADD_FAILURE() << "what was added ends by itself"; }
  } service, other;
  bool is_on = false;
  int ended = 0;
  {
    Operations operations(1);
    const auto number = operations.add(service, std::make_unique<Switch>(is_on, ended));
    ASSERT_TRUE(number);
    EXPECT_EQ(operations.ready_at(*number), base::Instant::max());
    is_on = true;
    EXPECT_EQ(operations.ready_at(*number), base::Instant::min());
    operations.told(*number);
    EXPECT_NE(operations.find_added(*number, service), nullptr) << "it goes on";
    EXPECT_EQ(operations.find_added(*number, other), nullptr);
    EXPECT_EQ(operations.look_at_result(*number, service).error(), NativeError::kInvalid);
    EXPECT_TRUE(operations.cancel(*number));
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(operations.find_added(*number, service), nullptr);
    ASSERT_TRUE(operations.add(service, std::make_unique<Switch>(is_on, ended)));
  }
  EXPECT_EQ(ended, 2);
}

}  // namespace
}  // namespace wws::abi
