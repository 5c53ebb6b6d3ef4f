// One outgoing request of a worker, over all its redirects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "egress/connections.h"
#include "egress/listeners.h"
#include "egress/resolver.h"
#include "egress/url.h"
#include "fetch/grant.h"
#include "fetch/message.h"

namespace wws::egress {

/// Who is told of a transfer. on_failed() and on_end() are the last word, and may end it; it must outlive the
/// others, which come from within libcurl.
class TransferOwner {
 public:
  virtual ~TransferOwner() = default;
  virtual void on_head(const fetch::Head& head) = 0;
  virtual void on_data(std::string_view bytes) = 0;
  /// So many bytes of the request's body are no longer here. Of a body that was whole, none is told.
  virtual void on_taken(std::size_t bytes) = 0;
  virtual void on_end() = 0;
  virtual void on_failed(const fetch::Refusal& refusal) = 0;
  /// expire() is wanted at this time now, which may be sooner than it was.
  virtual void on_deadline(base::Instant deadline) = 0;
  /// Whether the answer may go on by so much; not: resume() comes when it may.
  [[nodiscard]] virtual bool can_take(std::size_t bytes) = 0;
};

/// What transfers have in common; outlives them.
struct TransferParts {
  Resolver& resolver;
  Connections& connections;
  const base::Clock& clock;
  const OwnListeners& own;  ///< empty: they may be reached
};

/// Judges where the request goes, has it sent there, and follows what leads elsewhere, each time as if it
/// were the first. Addresses are judged, and the one that was is connected to. What the worker sent may be
/// hostile, and so may what answers. One thread.
class Transfer final : public HopHandler, public std::enable_shared_from_this<Transfer> {
 public:
  Transfer(const TransferParts& parts, const fetch::Grant& grant, TransferOwner& owner,
           fetch::Request request);

  /// Begins; may fail at once.
  void start();
  /// The next bytes of the request's body, or all of one that is whole.
  void add_body(std::string_view bytes);
  void end_body();
  /// What the owner could not take, it can now.
  void resume();

  /// When expire() has something to do, at the latest.
  [[nodiscard]] base::Instant deadline() const noexcept;
  /// Ends what took too long.
  void expire(base::Instant now);

  Verdict on_connected(const std::optional<Endpoint>& peer,
                       const std::optional<fetch::IpAddress>& self) override;
  Verdict on_head_line(std::string_view line) override;
  Taken on_data(std::string_view bytes) override;
  Given on_send(std::span<char> bytes) override;
  Verdict on_rewind() override;
  void on_done(const HopEnd& end) override;

 private:
  enum class Phase { kWaiting, kResolving, kConnecting, kSent, kAnswering, kOver };

  void next_hop();
  void judge(const Resolver::Answer& answer);
  void next_address();
  void connect(const fetch::IpAddress& address);
  [[nodiscard]] Verdict refuse(fetch::Failure failure, std::string message);
  [[nodiscard]] Verdict end_head();
  [[nodiscard]] Verdict redirect(const std::string& location);
  void fail(fetch::Refusal refusal);
  void fail(fetch::Failure failure, std::string message);
  void on_hop_failed(const HopEnd& end);
  [[nodiscard]] std::string where() const;
  [[nodiscard]] bool is_whole() const noexcept { return request_.body == fetch::BodyForm::kWhole; }
  [[nodiscard]] bool is_body_sent() const noexcept;
  void tell_taken();

  const TransferParts& parts_;
  const fetch::Grant& grant_;
  TransferOwner& owner_;
  fetch::Request request_;  ///< as it is for this hop
  std::optional<Url> url_;
  std::optional<Url> next_url_;  ///< where the answer leads
  unsigned redirects_ = 0;
  Phase phase_ = Phase::kWaiting;
  std::vector<fetch::IpAddress> addresses_;  ///< that may be connected to, and were not tried
  std::optional<fetch::IpAddress> address_;  ///< that is, or was last
  unsigned connections_ = 0;                 ///< of this hop and address
  std::unique_ptr<Hop> hop_;
  std::optional<fetch::Refusal> refusal_;  ///< for when libcurl has ended what is refused
  // Of the request's body.
  std::string body_;
  std::size_t sent_ = 0;          ///< of body_
  std::uint64_t body_bytes_ = 0;  ///< that came
  std::size_t untold_ = 0;        ///< that were sent
  bool has_whole_body_ = false;   ///< no more comes
  bool drops_body_ = false;       ///< nobody is sent it any more
  bool waits_for_body_ = false;
  // Of the answer.
  fetch::Head head_;
  std::size_t head_bytes_ = 0;
  std::size_t head_lines_ = 0;
  bool waits_for_reader_ = false;
  std::uint64_t answer_bytes_ = 0;
  std::size_t drained_ = 0;  ///< of an answer that leads elsewhere
  // When what has to be done.
  base::Instant ends_at_{};
  base::Instant connects_by_{};
  base::Instant attempt_ends_at_{};
  base::Instant answers_by_{};
};

}  // namespace wws::egress
