// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "conformance_command.hpp"
#include "fleet.hpp"
#include "page.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"
#include "terminal.hpp"

namespace turnkey::simulator {
namespace {

struct Arguments {
  Network network;
  Identity identity;
  std::string secret_file;
  std::string credentials;
  std::string register_attribute = "register_button";
  int interval_ms = 1000;
  std::string page_address = "127.0.0.1";
  int page_port = 0;
  double lived_hours = 0;
  double hours = 6;
  double every_s = 60;
};

Arguments& arguments() {
  static Arguments all;
  return all;
}

void add_network(CLI::App& command, Network& network) {
  command.add_option("--host", network.host, "the broker")->capture_default_str();
  command.add_option("--port", network.port, "the broker's port")
      ->capture_default_str()
      ->check(CLI::Range(1, 65535));
  command.add_flag("--tls", network.tls, "connect with TLS and check the broker's certificate");
  command.add_option("--cafile", network.ca_file, "certificate authority to trust (PEM)")
      ->check(CLI::ExistingFile);
  command.add_option("--root", network.root, "first part of the device's topics")->capture_default_str();
}

void add_reporting(CLI::App& command, Arguments& args) {
  command.add_option("--register-attribute", args.register_attribute, "the button's attribute")
      ->capture_default_str();
  command.add_option("--interval", args.interval_ms, "milliseconds between reports of a device")
      ->capture_default_str()
      ->check(CLI::Range(10, 3'600'000));
  command
      .add_option("--page-address", args.page_address,
                  "address that the page listens on: who reaches it presses buttons")
      ->capture_default_str();
  command.add_option("--page-port", args.page_port, "port of the page; 0 takes a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// The page and the reporting devices; what `one` and `fleet` share.
struct Bench {
  Bench(std::vector<Identity> identities, const Arguments& args)
      : fleet(std::move(identities), args.network, args.register_attribute), server(options(args)) {
    add_page(server, fleet);
    server.start();
    for (const auto& device : fleet.devices()) device->live_through(args.lived_hours);
    fleet.connect();
    fleet.run(std::chrono::milliseconds(args.interval_ms));
    service::log_info("simulator started",
                      {{"devices", fleet.devices().size()}, {"page_port", server.port()}});
  }
  ~Bench() { server.stop(); }
  static http::ServerOptions options(const Arguments& args) {
    http::ServerOptions options;
    options.address = args.page_address;
    options.port = args.page_port;
    options.threads = 4;
    return options;
  }
  Fleet fleet;
  http::Server server;
};

int run_one(Arguments& args) {
  args.identity.access_secret = first_line(args.secret_file);
  if (args.identity.access_secret.empty()) {
    std::cerr << "The file " << args.secret_file << " holds no access secret.\n";
    return 2;
  }
  if (args.identity.serial.empty()) args.identity.serial = args.identity.device_id;
  return service::run_until_signal("device-simulator", [&]() -> std::shared_ptr<void> {
    auto bench = std::make_shared<Bench>(std::vector<Identity>{args.identity}, args);
    std::cout << "Page: http://127.0.0.1:" << bench->server.port() << "/\n";
    return start_terminal(*bench->fleet.devices().front(), bench);
  });
}

int run_fleet(const Arguments& args) {
  auto identities = read_identities(args.credentials);
  if (!identities) {
    std::cerr << identities.error().message << "\n";
    return 2;
  }
  return service::run_until_signal("device-simulator", [&]() -> std::shared_ptr<void> {
    return std::make_shared<Bench>(*identities, args);
  });
}

int run_history(const Arguments& args) {
  auto identities = read_identities(args.credentials);
  if (!identities) {
    std::cerr << identities.error().message << "\n";
    return 2;
  }
  Fleet fleet(std::move(*identities), args.network, args.register_attribute);
  fleet.connect();
  for (const auto& device : fleet.devices()) {
    if (!device->send_history(args.hours, args.every_s)) {
      std::cerr << device->identity().serial << ": the broker did not take the history.\n";
      return 1;
    }
  }
  return 0;
}

}  // namespace

void add_commands(CLI::App& app) {
  Arguments& args = arguments();
  CLI::App* one = app.add_subcommand("one", "one device, played from the terminal and a page");
  add_network(*one, args.network);
  add_reporting(*one, args);
  one->add_option("--serial", args.identity.serial, "what the label says; only shown");
  one->add_option("--device-id", args.identity.device_id, "24 hex characters")->required();
  one->add_option("--access-key", args.identity.access_key, "the MQTT user name")->required();
  one->add_option("--access-secret-file", args.secret_file, "file that holds the MQTT password")->required();
  one->add_flag("--running", args.identity.running, "begin with the generator running");

  CLI::App* fleet = app.add_subcommand("fleet", "all devices of a file, with one page");
  add_network(*fleet, args.network);
  add_reporting(*fleet, args);
  fleet->add_option("--credentials", args.credentials, "JSON list of devices")->required();
  fleet
      ->add_option("--lived", args.lived_hours,
                   "hours of a history that was sent, from which the devices go on")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 700.0));

  CLI::App* history =
      app.add_subcommand("history", "send past hours of reports for all devices of a file, then end");
  add_network(*history, args.network);
  history->add_option("--credentials", args.credentials, "JSON list of devices")->required();
  history->add_option("--hours", args.hours, "how far back")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 700.0));
  history->add_option("--every", args.every_s, "seconds between reports")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  add_conformance_command(app);
}

int run_chosen(const CLI::App& app) {
  service::init_log("device-simulator", "info");
  if (app.got_subcommand("conformance")) return run_conformance();
  if (app.got_subcommand("one")) return run_one(arguments());
  if (app.got_subcommand("fleet")) return run_fleet(arguments());
  return run_history(arguments());
}

}  // namespace turnkey::simulator
