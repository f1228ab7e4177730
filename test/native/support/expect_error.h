#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "error.h"

namespace jetson_vla::test {

/// The Error that `call` throws; fails the test, and gives nothing, if it throws none.
inline std::optional<Error> error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "expected a jetson_vla::Error";
  return std::nullopt;
}

/// Expects an Error with this code whose message holds `text`, and returns it for more checks.
inline Error expect_error(ErrorCode code, const std::string& text, const std::function<void()>& call) {
  const std::optional<Error> error = error_of(call);
  if (!error) return {code, ""};
  EXPECT_STREQ(code_name(error->code()), code_name(code)) << error->what();
  EXPECT_NE(std::string(error->what()).find(text), std::string::npos)
      << "\"" << text << "\" is not in: " << error->what();
  return *error;
}

}  // namespace jetson_vla::test
