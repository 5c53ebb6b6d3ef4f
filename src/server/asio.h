// Boost.Asio, as this folder uses it: one thread, callbacks.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace wws::server {

namespace asio = boost::asio;
using boost::system::error_code;

/// A connected socket of any family.
using Socket = asio::generic::stream_protocol::socket;

}  // namespace wws::server
