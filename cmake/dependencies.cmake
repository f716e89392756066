# Everything comes from Debian 12's packages; each library of ours names what it needs.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(eclipse-paho-mqtt-c REQUIRED) # its C API: the C++ one hides message properties of the callbacks we need
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)
# cpp-httplib's class layout depends on the defines in its pkg-config file: never include it without them.
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(argon2 REQUIRED IMPORTED_TARGET libargon2)
# Labels: QR codes, PDF (libharu has no pkg-config file), what fonts measure, right-to-left scripts, logos.
pkg_check_modules(qrcodegen REQUIRED IMPORTED_TARGET qrcodegencpp)
pkg_check_modules(freetype REQUIRED IMPORTED_TARGET freetype2)
pkg_check_modules(fribidi REQUIRED IMPORTED_TARGET fribidi)
find_package(PNG REQUIRED)
find_library(TURNKEY_HARU hpdf REQUIRED)
if(TURNKEY_TESTS)
  find_package(Catch2 2 REQUIRED)
endif()
