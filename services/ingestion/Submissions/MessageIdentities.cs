using System.Security.Cryptography;
using System.Text;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>
/// The identity of each submission, from which the ids of events that bring none are made, so that a
/// redelivery makes the same ids and doubles nothing.
/// <para>
/// A message with a <c>message-id</c> is identified by it and its body, anywhere and for ever. One without
/// is given a random identity, since equal bodies may well be two events; it is remembered while the broker
/// may redeliver the message after a lost connection: until it is acknowledged, and for as many
/// acknowledgements as can be lost on the way. Messages with equal bodies may swap identities; that changes
/// nothing. Not covered is a process that dies between the confirm and the acknowledgement of a message
/// without <c>message-id</c> and <c>eventId</c>: its events may come twice.
/// </para>
/// Safe for concurrent use.
/// </summary>
/// <param name="maxUnacknowledged">The most messages that the broker leaves unacknowledged: the prefetch.</param>
internal sealed class MessageIdentities(int maxUnacknowledged)
{
    private readonly record struct Known(string Body, byte[] Identity);

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Known> _unacknowledged = [];
    private readonly Queue<Known> _acknowledged = new();
    private readonly List<Known> _lost = [];

    /// <summary>The identity of a message that was delivered.</summary>
    /// <param name="deliveryTag">Its tag on the current connection.</param>
    /// <param name="messageId">Its <c>message-id</c>; null or empty if the sender gave none.</param>
    /// <param name="body">Its body.</param>
    /// <param name="redelivered">True if the broker says that it delivered the message before.</param>
    public byte[] Delivered(ulong deliveryTag, string? messageId, ReadOnlySpan<byte> body, bool redelivered)
    {
        var hash = SHA256.HashData(body);
        if (!string.IsNullOrEmpty(messageId))
            return SHA256.HashData([.. hash, .. Encoding.UTF8.GetBytes(messageId)]);

        var key = Convert.ToHexString(hash);
        lock (_lock)
        {
            var known = redelivered && _lost.FindLastIndex(one => one.Body == key) is >= 0 and var at
                ? Take(at)
                : new Known(key, RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
            _unacknowledged[deliveryTag] = known;
            return known.Identity;
        }
    }

    /// <summary>The message was acknowledged; the broker may not have heard of it yet.</summary>
    public void Acknowledged(ulong deliveryTag)
    {
        lock (_lock)
        {
            if (!_unacknowledged.Remove(deliveryTag, out var known))
                return;
            _acknowledged.Enqueue(known);
            if (_acknowledged.Count > maxUnacknowledged)
                _acknowledged.Dequeue();
        }
    }

    /// <summary>The connection is gone: what the broker may redeliver is kept for the next ones, as far as two connections can leave behind.</summary>
    public void ConnectionLost()
    {
        lock (_lock)
        {
            _lost.AddRange(_acknowledged);
            _lost.AddRange(_unacknowledged.Values);
            _lost.RemoveRange(0, Math.Max(0, _lost.Count - 4 * maxUnacknowledged));
            _acknowledged.Clear();
            _unacknowledged.Clear();
        }
    }

    private Known Take(int at)
    {
        var known = _lost[at];
        _lost.RemoveAt(at);
        return known;
    }
}
