# SPDX-License-Identifier: Apache-2.0
#
# fish completion for dateline: commands and options are what --help says.

function __dateline_commands
    dateline --help 2>/dev/null |
        string replace -rf '^  ([a-z]{2,}) +(.*)' '$1\t$2'
end

function __dateline_options
    set -l words (commandline -opc)
    dateline $words[2] --help 2>/dev/null |
        string replace -rf '^  .*?(--[a-z0-9-]+)( [A-Z|]+)? +(.*)' '$1\t$3'
end

complete -c dateline -n '__fish_is_nth_token 1' -f -a '(__dateline_commands)'
complete -c dateline -n 'not __fish_is_nth_token 1' -a '(__dateline_options)'
