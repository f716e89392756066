// SPDX-License-Identifier: Apache-2.0
// QR labels of a batch (the registry says who may) and of one device (whoever may command it: a technician
// replaces a label that is worn). A label carries no secret: the serial, and a link that shows nothing to
// strangers.
#include <fmt/format.h>

#include <charconv>

#include "config.hpp"
#include "domain/bulkhead.hpp"
#include "inbound/routes.hpp"
#include "labels/document.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr auto kListTimeout = std::chrono::seconds(10);
constexpr auto kWaitForPrinter = std::chrono::seconds(3);
constexpr int kDocumentsAtOnce = 2;  // each holds tens of megabytes and a core for seconds
constexpr std::int64_t kMostInBatch = 10'000'000;
constexpr double kMmPerInch = 25.4;

enum class Form { pdf, svg, zpl };

const char* ending(Form form) {
  switch (form) {
    case Form::pdf:
      return "pdf";
    case Form::svg:
      return "svg";
    case Form::zpl:
      return "zpl";
  }
  return "";
}

const char* content_type(Form form) {
  switch (form) {
    case Form::pdf:
      return "application/pdf";
    case Form::svg:
      return "image/svg+xml";
    case Form::zpl:
      return "application/zpl; charset=utf-8";
  }
  return "";
}

// What the query asks for; positions in the batch count from 1.
struct Wish {
  const labels::Sheet* sheet = nullptr;
  double module = labels::kUsualModule;
  double dpi = 203;
  int start = 1;
  std::int64_t from = 1;
  std::optional<std::int64_t> to{};
  std::int64_t page = 1;
};

class QueryReader {
 public:
  explicit QueryReader(const Request& request) : request_(request) {}

  const labels::Sheet* sheet() {
    const labels::Sheet* sheet = labels::find_sheet(request_.query_value("sheet").value_or("a4-3x8"));
    if (sheet == nullptr) wrong("sheet", "unknown", "one of those that /api/label-sheets lists is needed");
    return sheet;
  }

  template <typename Number>
  std::optional<Number> number(const char* name, Number least, Number most) {
    const auto text = request_.query_value(name);
    if (!text) return std::nullopt;
    Number value{};
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool read = error == std::errc() && end == text->data() + text->size();
    if (read && value >= least && value <= most) return value;
    wrong(name, "out_of_range", fmt::format("a number from {} to {} is needed", least, most));
    return std::nullopt;
  }

  double dpi() {
    const int dpi = number<int>("dpi", 203, 600).value_or(203);
    if (dpi != 203 && dpi != 300 && dpi != 600) wrong("dpi", "unknown", "203, 300 or 600 is needed");
    return dpi;
  }

  Result<Wish> result(Wish wish) {
    if (!errors_.empty()) return core::invalid("The labels cannot be made like that.", std::move(errors_));
    return wish;
  }

 private:
  void wrong(const char* name, std::string code, std::string message) {
    errors_.push_back({name, std::move(code), std::move(message)});
  }
  const Request& request_;
  std::vector<core::FieldError> errors_;
};

Result<Wish> read_wish(const Request& request) {
  QueryReader in(request);
  Wish wish;
  wish.sheet = in.sheet();
  wish.module =
      in.number("moduleMm", labels::kLeastModule, labels::kMostModule).value_or(labels::kUsualModule);
  wish.dpi = in.dpi();
  wish.start = in.number("start", 1, wish.sheet == nullptr ? 1'000 : wish.sheet->cells()).value_or(1);
  wish.from = in.number<std::int64_t>("from", 1, kMostInBatch).value_or(1);
  wish.to = in.number<std::int64_t>("to", 1, kMostInBatch);
  wish.page = in.number<std::int64_t>("page", 1, kMostInBatch).value_or(1);
  return in.result(wish);
}

struct Range {
  std::int64_t from;  // from 1, inclusive as `to`
  std::int64_t to;
};

core::Error out_of_batch(const char* field, std::int64_t devices) {
  return core::invalid("The batch has no such labels.",
                       {{field, "out_of_range", fmt::format("the batch has {} devices", devices)}});
}

Result<Range> range_of(const Wish& wish, std::int64_t devices) {
  const Range range{wish.from, std::min(wish.to.value_or(devices), devices)};
  if (range.to < range.from) return out_of_batch("from", devices);
  if (range.to - range.from < labels::kMostLabels) return range;
  return core::invalid(
      fmt::format(
          "One document holds {0} labels at most, and these are {1}. Ask for a part: from={2}&to={3}, "
          "then from={4}, and so on.",
          labels::kMostLabels, range.to - range.from + 1, range.from, range.from + labels::kMostLabels - 1,
          range.from + labels::kMostLabels),
      {{"to", "too_many", fmt::format("at most {} labels a document", labels::kMostLabels)}});
}

std::int64_t pages_of(const Wish& wish, std::int64_t devices) {
  const std::int64_t cells = wish.sheet->cells();
  return std::max<std::int64_t>(1, (wish.start - 1 + devices + cells - 1) / cells);
}

// An SVG is one page: what of the batch is on it.
Result<Range> range_of_page(Wish& wish, std::int64_t devices) {
  if (wish.page > pages_of(wish, devices)) return out_of_batch("page", devices);
  const std::int64_t cells = wish.sheet->cells();
  const std::int64_t first = (wish.page - 1) * cells - (wish.start - 1);
  if (wish.page > 1) wish.start = 1;
  return Range{std::max<std::int64_t>(0, first) + 1, std::min(first + cells, devices)};
}

Result<std::vector<std::string>> serials_of(const Routes& routes, const Session& session,
                                            const std::string& batch, const Range& range) {
  std::vector<std::string> serials;
  Json query = {{"id", batch}};
  for (std::int64_t position = 0; position < range.to;) {
    query["limit"] = std::min<std::int64_t>(labels::kMostLabels, range.to - position);
    const auto page =
        routes.services.registry("list_batch_devices", acting(session.user_id, query), kListTimeout);
    if (!page) return page.error();
    const Json& items = page->at("items");
    for (const Json& device : items)
      if (++position >= range.from) serials.push_back(device.at("serial").get<std::string>());
    const auto next = page->find("nextCursor");
    if (items.empty() || next == page->end() || next->is_null()) break;
    query["cursor"] = *next;
  }
  if (serials.empty()) return core::not_found();  // deleted since
  return serials;
}

struct Printing {
  Form form;
  bool alone;  // one label without its sheet, where the form knows such
  std::string name;
};

std::string body_of(const labels::Document& document, const Printing& printing) {
  switch (printing.form) {
    case Form::pdf:
      return labels::pdf(document);
    case Form::svg:
      return printing.alone ? labels::svg_label(document) : labels::svg_page(document, 0);
    case Form::zpl:
      return labels::zpl(document);
  }
  return {};
}

labels::Order order_of(const Config& config, const Wish& wish, Form form, std::string title) {
  labels::Order order{*wish.sheet, config.label_host, std::move(title), config.product_name,
                      config.label_fonts};
  order.logo = config.label_logo ? &*config.label_logo : nullptr;
  order.module = wish.module;
  order.dots_per_mm = form == Form::zpl ? wish.dpi / kMmPerInch : 0;
  order.start = wish.start;
  return order;
}

Result<Response> print(Bulkhead& printers, labels::Order order, const Printing& printing) {
  const Bulkhead::Place place(printers, kWaitForPrinter);
  if (!place.taken())
    return core::unavailable("Other labels are being made just now. Try again in a moment.");
  const auto document = labels::plan(std::move(order));
  if (!document) return document.error();
  Response response{200, body_of(*document, printing), content_type(printing.form), {}};
  response.headers.emplace_back(
      "Content-Disposition",
      fmt::format("{}; filename=\"{}.{}\"", printing.form == Form::pdf ? "inline" : "attachment",
                  printing.name, ending(printing.form)));
  std::string warnings;
  for (const auto& warning : document->design.warnings) warnings += (warnings.empty() ? "" : " ") + warning;
  if (!warnings.empty()) response.headers.emplace_back("X-Label-Warning", std::move(warnings));
  return response;
}

using Printers = std::shared_ptr<Bulkhead>;

auto labels_of_batch(const Printers& printers, Form form) {
  return [printers, form](const Routes& routes, const Request& request,
                          const Session& session) -> Result<Response> {
    const auto id = id_of_path(request);
    if (!id) return id.error();
    auto wish = read_wish(request);
    if (!wish) return wish.error();
    const auto found = routes.services.registry("get_batch", acting(session.user_id, {{"id", *id}}));
    if (!found) return found.error();
    const Json& batch = found->at("batch");
    const auto devices = batch.at("devices").get<std::int64_t>();
    const std::int64_t pages = pages_of(*wish, devices);
    const auto range = form == Form::svg ? range_of_page(*wish, devices) : range_of(*wish, devices);
    if (!range) return range.error();
    auto serials = serials_of(routes, session, *id, *range);
    if (!serials) return serials.error();
    labels::Order order = order_of(routes.config, *wish, form, batch.at("recipeName"));
    order.serials = std::move(*serials);
    auto response = print(*printers, std::move(order), {form, false, "labels-" + *id});
    if (response && form == Form::svg) response->headers.emplace_back("X-Label-Pages", std::to_string(pages));
    return response;
  };
}

auto label_of_device(const Printers& printers, Form form) {
  return [printers, form](const Routes& routes, const Request& request,
                          const Session& session) -> Result<Response> {
    const auto found = ask_about_serial(routes, request, session, "get_device");
    if (!found) return found.error();
    if (!found->at("mayCommand").get<bool>()) return core::not_found();
    const auto wish = read_wish(request);
    if (!wish) return wish.error();
    const std::string serial = found->at("device").at("serial");
    labels::Order order = order_of(routes.config, *wish, form, found->at("recipe").at("name"));
    order.serials = {serial};
    return print(*printers, std::move(order), {form, true, "label-" + serial});
  };
}

Result<Response> list_sheets(const Routes&, const Request&, const Session&) {
  Json items = Json::array();
  for (const auto& sheet : labels::sheets()) {
    items.push_back({{"key", sheet.key},
                     {"title", sheet.title},
                     {"paper", labels::to_string(sheet.paper)},
                     {"columns", sheet.columns},
                     {"rows", sheet.rows},
                     {"labelWidthMm", sheet.label_width},
                     {"labelHeightMm", sheet.label_height}});
  }
  return http::json_response({{"items", items}});
}

}  // namespace

void add_label_routes(const Routes& routes) {
  const auto printers = std::make_shared<Bulkhead>(kDocumentsAtOnce);
  routes.add("GET", "/api/label-sheets", list_sheets);
  routes.add("GET", "/api/batches/{id}/labels.pdf", labels_of_batch(printers, Form::pdf));
  routes.add("GET", "/api/batches/{id}/labels.svg", labels_of_batch(printers, Form::svg));
  routes.add("GET", "/api/batches/{id}/labels.zpl", labels_of_batch(printers, Form::zpl));
  routes.add("GET", "/api/devices/{serial}/labels.pdf", label_of_device(printers, Form::pdf));
  routes.add("GET", "/api/devices/{serial}/labels.svg", label_of_device(printers, Form::svg));
  routes.add("GET", "/api/devices/{serial}/labels.zpl", label_of_device(printers, Form::zpl));
}

}  // namespace turnkey::gateway
