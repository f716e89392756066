# The shape of every library, service and tool, in one place (see docs/decisions/0001-shape.md).

# turnkey_library(NAME libs...): libs/NAME, sources found by name, headers included as "NAME/x.hpp".
function(turnkey_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/tests/")
  add_library(turnkey_${name} STATIC ${sources})
  target_include_directories(turnkey_${name} PUBLIC ${CMAKE_SOURCE_DIR}/libs)
  target_link_libraries(turnkey_${name} PUBLIC ${ARGN} PRIVATE turnkey_flags)
  turnkey_use_precompiled(turnkey_${name} library)
  turnkey_tests(${name} turnkey_${name})
endfunction()

# turnkey_service(NAME libs...): a static library of all but main.cpp (tests build the App too) and the program.
# A service's include root is its own folder, so another service's headers do not resolve.
function(turnkey_service name)
  turnkey_program(${name} ${ARGN})
  file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
  if(migrations)
    turnkey_embed_migrations(${name}_lib ${migrations})
  endif()
endfunction()

# turnkey_program(NAME libs...): a program and the library behind it.
function(turnkey_program name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/(tests|web|plugin)/|/main\\.cpp$")
  add_library(${name}_lib STATIC ${sources})
  target_include_directories(${name}_lib PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}_lib PUBLIC ${ARGN} PRIVATE turnkey_flags)
  turnkey_use_precompiled(${name}_lib library)
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE ${name}_lib turnkey_flags)
  install(TARGETS ${name} RUNTIME DESTINATION lib/turnkey)
  turnkey_tests(${name} ${name}_lib)
endfunction()

# Tests of one target: tests/<ring>/*.cpp is one program with the ctest label <ring>
# (unit: touches nothing; pg, mqtt: a real server; service: the real App with both).
function(turnkey_tests name target)
  if(NOT TURNKEY_TESTS)
    return()
  endif()
  foreach(ring unit pg mqtt service)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tests/${ring}/*.cpp)
    if(sources)
      set(program ${name}_${ring}_tests)
      add_executable(${program} ${sources})
      target_link_libraries(${program} PRIVATE ${target} turnkey_testing turnkey_test_main turnkey_flags)
      target_include_directories(${program} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/tests)
      turnkey_use_precompiled(${program} test)
      turnkey_add_test(${program} ${ring})
    endif()
  endforeach()
endfunction()

function(turnkey_add_test program ring)
  add_test(NAME ${program} COMMAND ${program} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  # Sanitizers make programs several times slower.
  set(limit 900)
  if(TURNKEY_SANITIZE)
    set(limit 1800)
  endif()
  # Long ones begin first, so that none is left alone at the end.
  set(cost 1)
  if(NOT ring STREQUAL unit)
    set(cost 10)
  endif()
  if(ring STREQUAL service)
    set(cost 100)
  endif()
  set_tests_properties(${program} PROPERTIES LABELS ${ring} TIMEOUT ${limit} COST ${cost}
    ENVIRONMENT "TURNKEY_SOURCE_DIR=${CMAKE_SOURCE_DIR};TURNKEY_PLUGIN=$<TARGET_FILE:turnkey_broker_plugin>")
endfunction()

# Migrations travel inside the program: `extern const pg::Migrations kMigrations` (see pg/migrations.hpp).
function(turnkey_embed_migrations target)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/migrations.cpp)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${ARGN}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# turnkey_embed_text(TARGET HEADER NAMESPACE files...): text files inside the program, as string_views in a generated header.
function(turnkey_embed_text target header namespace)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${header})
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${namespace} "-DFILES=${ARGN}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_text.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_text.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()
