# Completion of posternctl's commands and flags for fish.
set -l commands status reload stop workers checkpoint backup restore migrate copy import compare
complete -c posternctl -f
complete -c posternctl -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c posternctl -n '__fish_seen_subcommand_from backup restore copy import' -F
complete -c posternctl -l socket -r -F -d "socket of Postern's --control"
complete -c posternctl -l json -d 'status: print one JSON object'
complete -c posternctl -l watch -d 'status: repeat every second until interrupted'
complete -c posternctl -l yes -d 'restore: do not ask for confirmation'
complete -c posternctl -l api -r -F -d 'migrate, copy, compare: file that declares the API'
complete -c posternctl -l database -r -F -d 'migrate, import: database'
complete -c posternctl -l apply -d 'migrate: run the plan'
complete -c posternctl -l output -r -F -d 'import: file for the declaration'
complete -c posternctl -l writes -d 'compare: also create, change and delete rows'
complete -c posternctl -l requests -x -d 'compare: send as many requests'
complete -c posternctl -l seed -x -d 'compare: choose other values and rows'
complete -c posternctl -l all -d 'compare: print every difference'
complete -c posternctl -l help -d 'print a help text and exit'
complete -c posternctl -l version -d 'print the version and exit'
