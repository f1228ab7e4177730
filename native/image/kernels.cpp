#include "image/kernels.h"

namespace jetson_vla::image {

const Kernels& best_kernels() noexcept {
  if (const Kernels* avx2 = avx2_kernels()) return *avx2;
  if (const Kernels* neon = neon_kernels()) return *neon;
  return scalar_kernels();
}

}  // namespace jetson_vla::image
