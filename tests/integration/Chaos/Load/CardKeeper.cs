using System.Net;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>
/// An administrator who merges contacts and gives them back, edits cards and erases people, one after the other, each until it is known what
/// became of it. Whom a call concerned that was not answered at once is left alone from then on: a try of it may still be under way, and
/// done late it changes nothing, unless something else was asked for since.
/// </summary>
/// <param name="contacts">The contact of each person.</param>
internal sealed class CardKeeper(CardCalls calls, NpgsqlDataSource store, IReadOnlyDictionary<int, long> contacts)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    // The busiest people first.
    private readonly Queue<int> _apart = new(CardRoles.Merged);
    private readonly Queue<int> _merged = [];
    private readonly Queue<int> _edited = new(CardRoles.Edited);
    private readonly Queue<int> _leaving = new(CardRoles.Erased);
    private readonly Queue<int> _leavingTogether = new(CardRoles.ErasedWithNext);
    private int _edits;

    public CardAccount Account { get; } = new();

    public async Task RunAsync(CancellationToken stop)
    {
        Func<Task>[] acts = [MergeAsync, EraseAsync, EditAsync, EraseTogetherAsync, MergeAsync, GiveBackAsync, EditAsync];
        for (var done = 0; !stop.IsCancellationRequested; done++)
        {
            await Task.Delay(Every, CancellationToken.None);
            await acts[done % acts.Length]();
        }
    }

    private async Task MergeAsync()
    {
        if (_apart.TryDequeue(out var person) && await MergeAsync(person) is CallOutcome.Done)
            _merged.Enqueue(person);
    }

    private async Task<CallOutcome> MergeAsync(int person)
    {
        var (contact, into) = (contacts[person], contacts[person + 1]);
        var outcome = await calls.DoAsync(HttpMethod.Post, $"/api/contacts/{contact}/merge", new { into = $"{into}" }, alreadyDone: HttpStatusCode.Conflict);
        if (outcome is not CallOutcome.Refused)
            Account.Merge(contact, into);
        return outcome;
    }

    private async Task GiveBackAsync()
    {
        if (!_merged.TryDequeue(out var person))
            return;
        var outcome = await calls.DoAsync(HttpMethod.Post, $"/api/contacts/{contacts[person]}/unmerge", body: null, alreadyDone: HttpStatusCode.Conflict);
        if (outcome is not CallOutcome.Refused)
            Account.GiveBack(contacts[person]);
        if (outcome is CallOutcome.Done)
            _apart.Enqueue(person);
    }

    private async Task EditAsync()
    {
        if (_edited.TryDequeue(out var person) && await EditAsync(person) is CallOutcome.Done)
            _edited.Enqueue(person);
    }

    private async Task<CallOutcome> EditAsync(int person)
    {
        var plan = CardAccount.Plan(person, _edits++);
        var change = new { fields = new { plan }, identifiers = new[] { new { kind = "pushToken", value = CardAccount.Token(person) } } };
        var outcome = await calls.DoAsync(HttpMethod.Patch, $"/api/contacts/{contacts[person]}", change, alreadyDone: HttpStatusCode.OK);
        if (outcome is not CallOutcome.Refused)
            Account.Edit(contacts[person], plan);
        return outcome;
    }

    private async Task EraseAsync()
    {
        if (_leaving.TryDequeue(out var person))
            await EraseAsync([person]);
    }

    private async Task EraseTogetherAsync()
    {
        if (_leavingTogether.TryDequeue(out var person) && await MergeAsync(person) is not CallOutcome.Refused)
            await EraseAsync([person + 1, person]);
    }

    // The first stands for all.
    private async Task EraseAsync(int[] people)
    {
        await EditAsync(people[0]);
        var gone = new ErasedPerson(people, [.. people.Select(person => contacts[person])], []);
        gone = gone with { Rows = await NamingRows.ReadAsync(store, gone.Identifiers.Concat(gone.Secrets)) };
        if (await calls.DoAsync(HttpMethod.Delete, $"/api/contacts/{gone.Contacts[0]}", body: null, alreadyDone: HttpStatusCode.Gone) is not CallOutcome.Refused)
            Account.Erase(gone);
    }
}
