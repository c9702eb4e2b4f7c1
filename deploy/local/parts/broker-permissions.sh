# shellcheck shell=bash
# Who may do what on the broker. The patterns are RabbitMQ's: `configure` declares and deletes, `write` publishes to
# an exchange and binds a queue, `read` consumes from a queue and binds to an exchange. A queue, and the exchange of
# the same name that MassTransit puts before it, cannot be told apart, so a pattern covers both.
# MassTransit declares an exchange for every message type it sends or receives, and one for a fault.
#
# `[.]` in place of `\.`, because the patterns stand in JSON.

_fault='MassTransit:Fault'

# Takes what is submitted, hands on what is normalized, and sets aside what is refused: straight into the queue, by
# the default exchange, which for permissions is called amq.default.
_ingestion="^(event-segmentation[.](submit|refused|normalized|ingestion)|EventSegmentation[.]Contracts:(Submit|EventsNormalized)|$_fault)"

# Takes what is normalized, sends out transitions.
_segmentation="^(event-segmentation[.](normalized|transitions|segmentation)|EventSegmentation[.]Contracts:(EventsNormalized|Segment)|$_fault)"

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
