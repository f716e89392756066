// SPDX-License-Identifier: Apache-2.0
#include "conformance_command.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "conformance.hpp"
#include "firmware_bench.hpp"

namespace turnkey::simulator {
namespace {

constexpr int kBroken = 1;
constexpr int kCouldNotLook = 2;
constexpr int kLongestWait_s = 3600;

struct Arguments {
  Account account;
  std::string secret_file;
  bool tls = false;
  int wait_s = 0;
  BenchSettings bench;
  int watch_s = 30, press_s = 60, refuse_s = 120;
  bool json = false;
  bool firmware = false;
};

Arguments& arguments() {
  static Arguments all;
  return all;
}

void add_broker(CLI::App& conformance, Arguments& args) {
  CLI::App* broker = conformance.add_subcommand(
      "broker", "a device's account at a broker; a device that is connected by it loses its connection");
  broker->footer(
      "Example:\n  device-simulator conformance broker --host turnkey.example --port 8883 --tls --client-id "
      "5f... "
      "--key 0d... --secret-file secret.txt");
  broker->add_option("--host", args.account.broker.host, "the broker")->required();
  broker->add_option("--port", args.account.broker.port, "the broker's port, often 8883 with TLS")
      ->required()
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

void add_firmware(CLI::App& conformance, Arguments& args) {
  CLI::App* firmware = conformance.add_subcommand(
      "firmware", "a firmware, at a bench that plays its broker without TLS and watches it");
  firmware->footer("Example:\n  device-simulator conformance firmware --listen 1883 --address 0.0.0.0");
  firmware->add_option("--listen", args.bench.port, "port to listen on; 0 takes a free one")
      ->required()
      ->check(CLI::Range(0, 65535));
  firmware->add_option("--address", args.bench.address, "address to listen on")->capture_default_str();
  firmware->add_option("--root", args.bench.root, "first part of the device's topics")->capture_default_str();
  firmware->add_option("--register-attribute", args.bench.register_attribute, "the button's attribute")
      ->capture_default_str();
  const auto seconds = [firmware](const char* name, int& value, const char* sentence) {
    firmware->add_option(name, value, sentence)->capture_default_str()->check(CLI::Range(0, kLongestWait_s));
  };
  seconds("--watch", args.watch_s, "seconds to watch it once it has connected");
  seconds("--press", args.press_s, "seconds to wait for its press; 0: that rule is not checked");
  seconds("--refuse", args.refuse_s, "seconds in which its logins are refused; 0: that rule is not checked");
  firmware->add_flag("--json", args.json, "answer as one JSON document");
  firmware->callback([&args] { args.firmware = true; });
}

int show(const core::Result<std::vector<Ruling>>& rulings, bool json) {
  if (!rulings) {
    std::cerr << rulings.error().message << "\n";
    return kCouldNotLook;
  }
  std::cout << (json ? to_json(*rulings).dump(2) + "\n" : to_text(*rulings)) << std::flush;
  return all_kept(*rulings) ? 0 : kBroken;
}

int run_firmware(Arguments& args) {
  args.bench.watch = std::chrono::seconds(args.watch_s);
  args.bench.press = std::chrono::seconds(args.press_s);
  args.bench.refuse = std::chrono::seconds(args.refuse_s);
  args.bench.listening = [](int port) { std::cerr << "Listening on port " << port << " for one device.\n"; };
  args.bench.say = [](const std::string& what) { std::cerr << what << "\n"; };
  return show(watch_firmware(args.bench), args.json);
}

}  // namespace

void add_conformance_command(CLI::App& app) {
  Arguments& args = arguments();
  CLI::App* conformance = app.add_subcommand("conformance", "check, rule by rule, what firmware relies on");
  conformance->require_subcommand(1);
  add_broker(*conformance, args);
  add_firmware(*conformance, args);
}

int run_conformance() {
  Arguments& args = arguments();
  if (args.firmware) return run_firmware(args);
  args.account.broker.tls = args.tls;
  std::ifstream in(args.secret_file);
  std::getline(in, args.account.access_secret);
  if (args.account.access_secret.empty()) {
    std::cerr << "The file " << args.secret_file << " holds no access secret.\n";
    return kCouldNotLook;
  }
  const auto rulings = check_account(args.account, std::chrono::seconds(args.wait_s),
                                     [] { std::cerr << "Send the device a command now.\n"; });
  return show(rulings, args.json);
}

}  // namespace turnkey::simulator
