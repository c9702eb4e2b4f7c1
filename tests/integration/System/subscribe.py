"""Receives one transition with pika, as a subscriber that is not .NET would, and prints it as JSON.

Usage: subscribe.py AMQP_ADDRESS ROUTING_KEY. Prints "bound" once it listens.
"""
import json
import sys

import pika

connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
queue = channel.queue_declare(queue="", exclusive=True).method.queue
channel.queue_bind(queue, exchange="event-segmentation.transitions", routing_key=sys.argv[2])
print("bound")
for method, properties, body in channel.consume(queue, auto_ack=True, inactivity_timeout=60):
    if method is None:
        sys.exit("no transition came")
    print(json.dumps({"routingKey": method.routing_key, "messageId": properties.message_id, "body": json.loads(body)}))
    break
channel.cancel()
connection.close()
