"""Receives every transition with pika and prints it; what it missed while it was away, it reads from the ledger.

Usage: subscriber.py AMQP_ADDRESS SEGMENTATION_ADDRESS READ_KEY STATE_FILE
"""
import json
import os
import sys
import urllib.request

import pika

amqp, api, key, state_file = sys.argv[1:5]

# The furthest position that was handled, and the number of each contact's last transition.
state = {"position": 0, "numbers": {}}
if os.path.exists(state_file):
    with open(state_file) as file:
        state = json.load(file)


def handle(transition):
    """Delivered at least once: what is not above the contact's last number was here before."""
    contact, number = transition["contactId"], transition["number"]
    if number <= state["numbers"].get(contact, 0):
        return
    print(f"{contact} {transition['kind']} {transition['segmentKey']}, because of {transition['cause']}", flush=True)
    state["numbers"][contact] = number
    state["position"] = max(state["position"], transition["position"])


def save():
    """A real program keeps this where it keeps its work, in one transaction with it."""
    with open(state_file + ".new", "w") as file:
        json.dump(state, file)
    os.replace(state_file + ".new", state_file)


def catch_up():
    """Reads the ledger again. Messages overtake each other by less than 500 positions, so it goes back as far."""
    after = max(0, state["position"] - 500)
    while True:
        request = urllib.request.Request(f"{api}/api/transitions?limit=1000&after={after}", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request) as answer:
            items = json.load(answer)["items"]
        if not items:
            return
        for transition in items:
            handle(transition)
        after = items[-1]["position"]
        save()


# First the queue, then the ledger: what happens in between is in both, and nothing is in neither.
connection = pika.BlockingConnection(pika.URLParameters(amqp))
channel = connection.channel()
queue = channel.queue_declare(queue="", exclusive=True).method.queue
channel.queue_bind(queue, exchange="event-segmentation.transitions", routing_key="#")
catch_up()
print("caught up", flush=True)


def receive(channel, method, properties, body):
    handle(json.loads(body))
    save()
    channel.basic_ack(method.delivery_tag)


channel.basic_qos(prefetch_count=50)
channel.basic_consume(queue, receive)
channel.start_consuming()
