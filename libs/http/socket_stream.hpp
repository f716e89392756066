// SPDX-License-Identifier: Apache-2.0
// One connection as cpp-httplib reads and writes it. Reads ahead (cpp-httplib asks for single bytes), writes
// all or nothing, and waits for a client no longer than its time-outs. Does not own the socket. One thread.
// Includes cpp-httplib: for http/*.cpp alone.
#pragma once

#include <httplib.h>

#include <array>
#include <cstddef>
#include <string>

namespace turnkey::http {

class SocketStream final : public httplib::Stream {
 public:
  // While `*muted` is true what is written is swallowed: an event stream has taken the socket over.
  SocketStream(socket_t socket, const bool& muted) : socket_(socket), muted_(muted) {}
  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  bool fill();

  const socket_t socket_;
  const bool& muted_;
  std::array<char, 4096> ahead_;
  std::size_t begin_ = 0;  // what is read ahead lies between these
  std::size_t end_ = 0;
};

// Ends a connection so that the client still gets the answer when it is not done sending: closing with unread
// bytes would reset the connection under the answer.
void close_gently(socket_t socket);

}  // namespace turnkey::http
