// SPDX-License-Identifier: Apache-2.0
#include "domain/completion.hpp"

#include <functional>

namespace turnkey::ctl {
namespace {

// Words of ours need no quoting but for what stands in sentences.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Calls `visit` with each command and its path: "" for the root, "/devices/list".
void walk(const CommandWords& command, const std::string& path,
          const std::function<void(const CommandWords&, const std::string&)>& visit) {
  visit(command, path);
  for (const auto& below : command.commands) walk(below, path + "/" + below.name, visit);
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// case "$cmd/$word" in '/devices'|'/devices/list') cmd="$cmd/$word" ;; esac
std::string known_paths(const CommandWords& root) {
  std::vector<std::string> paths;
  walk(root, "", [&](const CommandWords&, const std::string& path) {
    if (!path.empty()) paths.push_back(quoted(path));
  });
  return joined(paths, "|");
}

// The options of the root work behind every command.
std::vector<OptionWords> options_of(const CommandWords& root, const CommandWords& command) {
  auto options = command.options;
  if (&root != &command) options.insert(options.end(), root.options.begin(), root.options.end());
  return options;
}

std::string pattern_of(const std::string& path, const OptionWords& option) {
  std::vector<std::string> patterns;
  for (const auto& name : option.names) patterns.push_back(quoted(path + " " + name));
  return joined(patterns, "|");
}

std::string bash_values(const CommandWords& root) {
  std::string text;
  walk(root, "", [&](const CommandWords& command, const std::string& path) {
    for (const auto& option : options_of(root, command)) {
      if (!option.takes_value) continue;
      text += "    " + pattern_of(path, option) + ") ";
      if (option.takes_file) text += "COMPREPLY=($(compgen -f -- \"$current\")); ";
      if (!option.choices.empty())
        text += "COMPREPLY=($(compgen -W " + quoted(joined(option.choices, " ")) + " -- \"$current\")); ";
      text += "return ;;\n";
    }
  });
  return text;
}

std::string bash_words(const CommandWords& root) {
  std::string text;
  walk(root, "", [&](const CommandWords& command, const std::string& path) {
    std::vector<std::string> words;
    for (const auto& below : command.commands) words.push_back(below.name);
    std::vector<std::string> options;
    for (const auto& option : options_of(root, command))
      options.insert(options.end(), option.names.begin(), option.names.end());
    text += "    " + quoted(path) + ") words=" + quoted(joined(words, " ")) +
            " options=" + quoted(joined(options, " ")) + " files=" + (command.takes_file ? "yes" : "no") +
            " ;;\n";
  });
  return text;
}

std::string zsh_values(const CommandWords& root) {
  std::string text;
  walk(root, "", [&](const CommandWords& command, const std::string& path) {
    for (const auto& option : options_of(root, command)) {
      if (!option.takes_value) continue;
      text += "    " + pattern_of(path, option) + ") ";
      if (option.takes_file) text += "_files; ";
      if (!option.choices.empty()) text += "compadd -- " + joined(option.choices, " ") + "; ";
      text += "return ;;\n";
    }
  });
  return text;
}

std::string zsh_words(const CommandWords& root) {
  std::string text;
  walk(root, "", [&](const CommandWords& command, const std::string& path) {
    text += "    " + quoted(path) + ")\n      found=(";
    for (const auto& below : command.commands) text += quoted(below.name + ":" + below.sentence) + " ";
    text += ")\n      options=(";
    for (const auto& option : options_of(root, command)) {
      for (const auto& name : option.names) text += quoted(name + ":" + option.sentence) + " ";
    }
    text += ")\n      files=" + std::string(command.takes_file ? "yes" : "no") + " ;;\n";
  });
  return text;
}

}  // namespace

std::string bash_completion(const CommandWords& root) {
  return "# Completion of " + root.name + " in bash: source <(" + root.name + " completion bash)\n_" +
         root.name +
         R"(() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="" cmd="" word="" words="" options="" files="no" i
  COMPREPLY=()
  ((COMP_CWORD > 1)) && previous="${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$cmd/$word" in )" +
         known_paths(root) + R"() cmd="$cmd/$word" ;; esac
  done
  case "$cmd $previous" in
)" + bash_values(root) +
         R"(  esac
  case "$cmd" in
)" + bash_words(root) +
         R"(  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ "$files" == yes ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -F _)" +
         root.name + " " + root.name + "\n";
}

std::string zsh_completion(const CommandWords& root) {
  return "#compdef " + root.name + "\n# Completion of " + root.name + " in zsh: " + root.name +
         " completion zsh > \"${fpath[1]}/_" + root.name + "\"\n_" + root.name + R"(() {
  local cmd="" files="no" i
  local -a found options
  for ((i = 2; i < CURRENT; i++)); do
    case "$cmd/${words[i]}" in )" +
         known_paths(root) + R"() cmd="$cmd/${words[i]}" ;; esac
  done
  case "$cmd ${words[CURRENT-1]}" in
)" + zsh_values(root) +
         R"(  esac
  case "$cmd" in
)" + zsh_words(root) +
         R"(  esac
  if [[ "${words[CURRENT]}" == -* ]]; then
    _describe option options
  elif [[ "$files" == yes ]]; then
    _files
  elif (( $#found )); then
    _describe command found
  fi
}
if [[ "${funcstack[1]}" == _)" +
         root.name + " ]]; then _" + root.name + " \"$@\"; else compdef _" + root.name + " " + root.name +
         "; fi\n";
}

}  // namespace turnkey::ctl
