// SPDX-License-Identifier: Apache-2.0
#include "conformance_command.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "conformance.hpp"

namespace turnkey::simulator {
namespace {

constexpr int kBroken = 1;
constexpr int kCouldNotLook = 2;
constexpr int kLongestWait_s = 3600;

struct Arguments {
  Account account{{"127.0.0.1", 8883}};
  std::string secret_file;
  bool tls = false;
  int wait_s = 0;
  bool json = false;
};

Arguments& arguments() {
  static Arguments all;
  return all;
}

}  // namespace

void add_conformance_command(CLI::App& app) {
  Arguments& args = arguments();
  CLI::App* conformance = app.add_subcommand("conformance", "check, rule by rule, what firmware relies on");
  conformance->require_subcommand(1);
  CLI::App* broker = conformance->add_subcommand(
      "broker", "a device's account at a broker; a device that is connected by it loses its connection");
  broker->footer(
      "Example:\n  device-simulator conformance broker --host turnkey.example --port 8883 --tls --client-id "
      "5f... "
      "--key 0d... --secret-file secret.txt");
  broker->add_option("--host", args.account.broker.host, "the broker")->capture_default_str();
  broker->add_option("--port", args.account.broker.port, "the broker's port")
      ->capture_default_str()
      ->check(CLI::Range(1, 65535));
  broker->add_flag("--tls", args.tls, "connect with TLS and check the broker's certificate");
  broker->add_option("--cafile", args.account.broker.ca_file, "certificate authority to trust (PEM)")
      ->check(CLI::ExistingFile);
  broker->add_option("--root", args.account.root, "first part of the device's topics")->capture_default_str();
  broker->add_option("--client-id", args.account.device_id, "the device id, 24 hex characters")->required();
  broker->add_option("--key", args.account.access_key, "the access key: the MQTT user name")->required();
  broker
      ->add_option("--secret-file", args.secret_file, "file that holds the access secret: the MQTT password")
      ->required();
  broker
      ->add_option("--wait-command", args.wait_s,
                   "seconds to wait for a command that you send meanwhile; 0: that rule is not checked")
      ->capture_default_str()
      ->check(CLI::Range(0, kLongestWait_s));
  broker->add_flag("--json", args.json, "answer as one JSON document");
}

int run_conformance() {
  Arguments& args = arguments();
  args.account.broker.tls = args.tls;
  std::ifstream in(args.secret_file);
  std::getline(in, args.account.access_secret);
  if (args.account.access_secret.empty()) {
    std::cerr << "The file " << args.secret_file << " holds no access secret.\n";
    return kCouldNotLook;
  }
  const auto rulings = check_account(args.account, std::chrono::seconds(args.wait_s),
                                     [] { std::cerr << "Send the device a command now.\n"; });
  if (!rulings) {
    std::cerr << rulings.error().message << "\n";
    return kCouldNotLook;
  }
  std::cout << (args.json ? to_json(*rulings).dump(2) + "\n" : to_text(*rulings)) << std::flush;
  return all_kept(*rulings) ? 0 : kBroken;
}

}  // namespace turnkey::simulator
