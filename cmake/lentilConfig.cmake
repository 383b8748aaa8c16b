# SPDX-License-Identifier: Apache-2.0
# find_package(lentil) gives lentil::lentil.
include("${CMAKE_CURRENT_LIST_DIR}/LentilThirdParty.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/lentil-targets.cmake")
