"""Publishes one submission with pika, as a sender that is not .NET would.

Usage: submit.py AMQP_ADDRESS BODY [MESSAGE_ID]. Ends with 0 when the broker has confirmed it.
"""
import sys

import pika

address, body = sys.argv[1], sys.argv[2]
message_id = sys.argv[3] if len(sys.argv) > 3 else None

connection = pika.BlockingConnection(pika.URLParameters(address))
channel = connection.channel()
channel.confirm_delivery()
channel.basic_publish(
    exchange="event-segmentation.submit",
    routing_key="",
    body=body.encode(),
    properties=pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=message_id),
    mandatory=True,
)
connection.close()
