#pragma once

#include <napi.h>

#include <exception>

#include "../error.h"

namespace jetson_vla::binding {

/// A JavaScript Error with the properties `code` and, if there is one, `hint`.
Napi::Error to_js_error(Napi::Env env, const Error& error);

/// The Error for whatever a native call has thrown: C++ exceptions must not reach N-API, which would abort.
Napi::Error to_js_error(Napi::Env env, std::exception_ptr thrown);

/// Calls `body`; what it throws becomes a JavaScript exception.
template <typename Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
}

}  // namespace jetson_vla::binding
