# Completion of posternctl's commands and flags for bash.

_posternctl()
{
	local word=${COMP_WORDS[COMP_CWORD]}

	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--socket | --api | --database | --output | backup | restore | copy | import) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	--requests | --seed) ;;
	*) mapfile -t COMPREPLY < <(compgen -W '
status reload stop workers checkpoint backup restore migrate copy import compare
--socket --json --watch --yes --api --database --apply --output --writes --requests --seed --all --help --version
' -- "$word") ;;
	esac
}

complete -F _posternctl posternctl
