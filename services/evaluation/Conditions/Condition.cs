using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>A condition on a contact: a tree of <see cref="All"/>, <see cref="Any"/> and <see cref="Not"/> over leaves.</summary>
public abstract record Condition
{
    private Condition()
    {
    }

    /// <summary>Every part holds; without parts it holds for everyone.</summary>
    public sealed record All(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>Some part holds; without parts it holds for nobody.</summary>
    public sealed record Any(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>The part does not hold.</summary>
    public sealed record Not(Condition Part) : Condition;

    /// <summary>The figure of the matching events in the period lies in the measure's range.</summary>
    /// <param name="Events">Which events.</param>
    /// <param name="Measure">What is counted or computed of them, and its range.</param>
    /// <param name="Period">When they occurred.</param>
    /// <param name="OlderThan">One more requirement: the contact was first seen at least so long ago.</param>
    public sealed record Event(EventFilter Events, Measure Measure, Period Period, Length? OlderThan) : Condition;

    /// <summary>The first matching event, ever, lies in the period; later ones never make somebody new.</summary>
    /// <param name="Events">Which events; of several at one instant the ordinally smallest event id is first.</param>
    /// <param name="Period">Where it must lie.</param>
    /// <param name="Has">What that one event must satisfy besides; null for nothing.</param>
    public sealed record First(EventFilter Events, Period Period, Where? Has) : Condition;

    /// <summary>The last matching event up to now lies in the period.</summary>
    /// <param name="Events">Which events; of several at one instant the ordinally greatest event id is last.</param>
    /// <param name="Period">Where it must lie.</param>
    /// <param name="Has">What that one event must satisfy besides; null for nothing.</param>
    /// <param name="NotFollowedBy">No such event lies strictly later than it; null for no such demand.</param>
    public sealed record Last(EventFilter Events, Period Period, Where? Has, EventFilter? NotFollowedBy) : Condition;

    /// <summary>Enough matching events in enough of the previous complete units, in UTC. The current unit does not matter.</summary>
    /// <param name="Events">Which events.</param>
    /// <param name="Previous">How many units it looks back.</param>
    /// <param name="Unit">Days, weeks or months.</param>
    /// <param name="AtLeast">How many events a unit needs.</param>
    /// <param name="InAtLeast">How many of the units must have them.</param>
    public sealed record Streak(EventFilter Events, int Previous, CalendarUnit Unit, int AtLeast, int InAtLeast) : Condition;

    /// <summary>Some choice of events, one a step, in strictly rising time.</summary>
    /// <param name="Steps">One to ten steps.</param>
    /// <param name="Same">A parameter of which all chosen events have one value in common; null for no such demand.</param>
    /// <param name="InTotal">The longest time from the first to the last; null for any.</param>
    /// <param name="Period">Where the first must lie.</param>
    public sealed record Sequence(IReadOnlyList<Step> Steps, ValuePath? Same, Length? InTotal, Period Period) : Condition;

    /// <summary>A field of the contact satisfies the predicate.</summary>
    /// <param name="Field">A built-in field, or the name of an additional one.</param>
    /// <param name="Predicate">What it must be.</param>
    public sealed record Contact(ValuePath Field, Predicate Predicate) : Condition
    {
        /// <summary>True for the contact's own instants, which are no fields: <c>created</c>, <c>firstSeen</c>, <c>lastSeen</c>.</summary>
        internal bool IsInstant => Field.Text is "created" or "firstSeen" or "lastSeen";
    }

    /// <summary>The contact is a member of another segment.</summary>
    /// <param name="Key">The segment's key.</param>
    /// <param name="For">For at least so long without interruption; null for any time.</param>
    public sealed record InSegment(string Key, Length? For) : Condition;

    /// <summary>The contact is on a list: from the instant on at which it came there, by <see cref="ContactFacts.Lists"/>. The whole condition of a static segment.</summary>
    /// <param name="Key">The key of the static segment.</param>
    public sealed record Listed(string Key) : Condition;

    /// <summary>
    /// A definition inside another, under the name of the segment it comes from: it means what its part means, with the
    /// days of its own zone. No JSON has it; <see cref="Definition.Behind"/> makes it.
    /// </summary>
    /// <param name="Key">The segment's key.</param>
    /// <param name="Part">What the segment asks for.</param>
    public sealed record Named(string Key, Definition Part) : Condition;

    /// <summary>The whole condition of a suspended segment: who is in it stays in it, and nobody comes. Only a state can say who that is.</summary>
    public sealed record Suspended(string Key) : Condition;

    /// <summary>The contact belongs to a stable share of all, by a hash of its id and the salt.</summary>
    /// <param name="Percent">The share, above 0 and up to 100.</param>
    /// <param name="Salt">Other salts choose other contacts.</param>
    public sealed record Sample(decimal Percent, string Salt) : Condition
    {
        /// <summary>Whether the contact belongs to the share: the first eight bytes, big-endian, of SHA-256 over <c>salt:contactId</c> in UTF-8, as a fraction of 2^64, lie below it.</summary>
        internal bool Chooses(string contactId)
        {
            var (scale, digits) = Exact(Percent);
            return Hash(contactId) * 100 * scale < digits << 64;
        }

        /// <summary>Where the contact lies among all, in percent from 0 to below 100, cut off after ten digits: it is chosen by shares above that.</summary>
        internal decimal PlaceOf(string contactId) => (decimal)((Hash(contactId) * 100 * 10_000_000_000) >> 64) / 10_000_000_000;

        private BigInteger Hash(string contactId) =>
            BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{Salt}:{contactId}")));

        /// <summary>The number as a fraction of whole numbers.</summary>
        private static (BigInteger Scale, BigInteger Digits) Exact(decimal number)
        {
            var scale = BigInteger.One;
            for (; !decimal.IsInteger(number); number *= 10)
                scale *= 10;
            return (scale, new BigInteger(number));
        }
    }
}

/// <summary>One step of a sequence.</summary>
/// <param name="Events">Which events it may be.</param>
/// <param name="Within">The longest time since the step before; null for any.</param>
/// <param name="Without">No such event lies strictly between the step before and this one; null for no such demand.</param>
public sealed record Step(EventFilter Events, Length? Within, EventFilter? Without);

/// <summary>Which events a condition looks at.</summary>
/// <param name="Types">One to ten event types, any of them, compared exactly, in order and without repetition.</param>
/// <param name="Where">What their parameters must satisfy; null for all.</param>
public sealed record EventFilter(IReadOnlyList<string> Types, Where? Where);
