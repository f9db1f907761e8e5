// SPDX-License-Identifier: MIT

#include "compare/all_contenders.hpp"

namespace lathe::compare {

const std::vector<Contender>& all_contenders() {
  static const std::vector<Contender> all = [] {
    std::vector<Contender> some;
    for (const std::span<const Contender> group : {
             floor_contenders(),
             lathe_contenders(),
#ifdef LATHE_COMPARE_SPDLOG
             spdlog_contenders(),
#endif
#ifdef LATHE_COMPARE_BOOST_LOG
             boost_log_contenders(),
#endif
#ifdef LATHE_COMPARE_GLOG
             glog_contenders(),
#endif
#ifdef LATHE_COMPARE_LOG4CXX
             log4cxx_contenders(),
#endif
         }) {
      some.insert(some.end(), group.begin(), group.end());
    }
    return some;
  }();
  return all;
}

}  // namespace lathe::compare
