# SPDX-License-Identifier: Apache-2.0
#
# bash completion for dateline: commands and options are what --help says.

_dateline() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local words

    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(dateline --help 2>/dev/null | sed -n 's/^  \([a-z]\{2,\}\) .*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$words help --help --version" -- "$word")
        return
    fi
    case $previous in
    --store)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    esac
    case $word in
    -*)
        words=$(dateline "${COMP_WORDS[1]}" --help 2>/dev/null |
            sed -n 's/^  .*\(--[a-z0-9-]*\).*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        ;;
    *)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    esac
}

complete -o filenames -F _dateline dateline
