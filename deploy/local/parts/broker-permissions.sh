# shellcheck shell=bash
# Who may do what on the broker. The patterns are RabbitMQ's: `configure` declares and deletes, `write` publishes to
# an exchange and binds a queue, `read` consumes from a queue and binds to an exchange. A queue, and the exchange of
# the same name that MassTransit puts before it, cannot be told apart, so a pattern covers both.
# MassTransit declares an exchange for every message type it sends or receives, one for a fault, and one for a message that it
# could not read: without the right to that one, a single such message would stop all who consume.
#
# `[.]` in place of `\.`, because the patterns stand in JSON.

_fault='MassTransit:(Receive)?Fault'

# What goes between the two: live events, imports, and what was refused.
_between_queues='normalized|imports|refusals'
_between_messages='EventsNormalized|ImportsNormalized|EventsRefused'

# Takes what is submitted, hands on what is normalized, and sets aside what is refused: straight into the queue, by
# the default exchange, which for permissions is called amq.default.
_ingestion="^(event-segmentation[.](submit|refused|$_between_queues|ingestion)|EventSegmentation[.]Contracts:(Submit|$_between_messages)|$_fault)"

# Takes what is normalized and what was refused, sends out transitions.
_segmentation="^(event-segmentation[.]($_between_queues|transitions|segmentation)|EventSegmentation[.]Contracts:($_between_messages|Segment)|$_fault)"

# Anybody outside. Its own queues and exchanges may have any name that is not the product's.
_own='(?!event-segmentation[.]|EventSegmentation[.]Contracts:|MassTransit:|amq[.]default$)'
_client_configure="^($_own|EventSegmentation[.]Contracts:(Submit|Segment)|$_fault)"
_client_write="^($_own|event-segmentation[.]submit\$|EventSegmentation[.]Contracts:Submit|$_fault)"
_client_read="^($_own|event-segmentation[.]transitions\$|EventSegmentation[.]Contracts:Segment|$_fault)"

# broker_permissions: the JSON of RabbitMQ's definitions.
broker_permissions() {
    _permission ingestion "$_ingestion" "$_ingestion|^amq[.]default\$" "$_ingestion"
    echo ,
    _permission segmentation "$_segmentation" "$_segmentation" "$_segmentation"
    echo ,
    _permission client "$_client_configure" "$_client_write" "$_client_read"
}

_permission() {
    printf '{"user":"%s","vhost":"%s","configure":"%s","write":"%s","read":"%s"}' "$1" "$VHOST" "$2" "$3" "$4"
}
