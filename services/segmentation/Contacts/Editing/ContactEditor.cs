using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Editing;

/// <summary>Changes cards. A change is one transaction and one fact of the contact's stream; what changes nothing leaves no fact.</summary>
internal sealed class ContactEditor(NpgsqlDataSource database, TimeProvider time)
{
    /// <param name="by">The name of the key that asks.</param>
    public Task<EditOutcome> EditAsync(long contact, ContactEdit edit, string by, CancellationToken cancellationToken) =>
        Races.RetryAsync(() => TryEditAsync(contact, edit, by, cancellationToken));

    private async Task<EditOutcome> TryEditAsync(long contact, ContactEdit edit, string by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var heads = await StreamAppender.LockAsync(connection, [contact], cancellationToken);
        switch (await ContactStandingStore.ReadAsync(connection, contact, cancellationToken))
        {
            case null:
                return new EditOutcome.Unknown();
            case { Erased: { } erased }:
                return new EditOutcome.Erased(erased);
            case { MergedInto: { } into }:
                return new EditOutcome.Merged(into);
        }

        // While the survivor's stream is locked nobody is merged into it and nobody is given back.
        var loaded = await ContactEditStore.LoadAsync(connection, contact, edit, cancellationToken);
        var (own, held) = PersonEdit.Of(edit, loaded, await ContactEditStore.MergedAsync(connection, contact, cancellationToken));
        if (held.Count > 0)
            return new EditOutcome.Held(held);
        var (change, errors) = EditDecision.Of(own, loaded);
        if (change is null)
            return new EditOutcome.Refused(errors);
        if (change.IsNothing)
            return new EditOutcome.Done(null);
        if (await ContactEditStore.OwnersAsync(connection, contact, change.Added, cancellationToken) is { Count: > 0 } owners)
            return new EditOutcome.Taken([.. owners.Select(owner => Taken(owner.Gained, owner.Owner))]);

        var now = time.GetUtcNow().TruncateToMicroseconds();
        if (!await KnownFieldStore.RegisterAsync(connection, change.NewFields, now, cancellationToken))
            return new EditOutcome.Refused([new("/fields", $"{ContactField.MaxFields} fields are registered, which is the most. Delete one first: DELETE /api/contact-fields/NAME.")]);
        await ContactEditStore.WriteAsync(connection, contact, change, cancellationToken);
        var sequence = await StreamAppender.AppendAsync(connection, [new(contact, Guid.CreateVersion7(), change.Fact(by))], heads, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new EditOutcome.Done(sequence);
    }

    private static ProblemError Taken(GainedIdentifier gained, long owner) => new(
        gained.Pointer,
        $"This {gained.Identifier.Kind} belongs to the contact '{StreamId.Of(owner)}'. Merge the two (POST /api/contacts/ID/merge), or remove it there first (PATCH /api/contacts/{StreamId.Of(owner)}).");
}
