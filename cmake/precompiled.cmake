# Headers that most files include and that cost more than the files themselves are parsed once, not once a file. Files still
# include what they use: this saves time and nothing else (-DTURNKEY_PRECOMPILED=OFF builds without).
option(TURNKEY_PRECOMPILED "parse the heaviest headers once" ON)

file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")

# One for each way of generating code: position independent code for libraries, executables for tests.
function(turnkey_precompile name type)
  if(type STREQUAL EXECUTABLE)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled_main.cpp "int main() { return 0; }\n")
    add_executable(${name} EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled_main.cpp)
  else()
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled.cpp)
  endif()
  target_precompile_headers(${name} PRIVATE <algorithm> <chrono> <functional> <map> <memory> <mutex> <optional> <string> <thread>
    <vector> <nlohmann/json.hpp> ${ARGN})
  target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json Threads::Threads turnkey_flags)
endfunction()

if(TURNKEY_PRECOMPILED)
  turnkey_precompile(turnkey_library_headers OBJECT <pqxx/transaction> <pqxx/result>)
  if(TURNKEY_TESTS)
    turnkey_precompile(turnkey_test_headers EXECUTABLE <catch2/catch.hpp>)
  endif()
endif()

# `which`: library or test.
function(turnkey_use_precompiled target which)
  if(TARGET turnkey_${which}_headers)
    target_precompile_headers(${target} REUSE_FROM turnkey_${which}_headers)
  endif()
endfunction()
