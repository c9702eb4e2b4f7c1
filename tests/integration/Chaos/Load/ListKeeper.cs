using System.Net;
using System.Net.Http.Json;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>
/// Puts contacts on the list of a static segment and takes others off it, each until the call succeeds. No contact is both put on and taken
/// off, so that a call whose answer was lost, and that is done late, changes nothing.
/// </summary>
internal sealed class ListKeeper(IReadOnlyList<HttpClient> replicas, string segment, IReadOnlyList<string> contacts, Findings findings)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private int _done;

    /// <summary>Who must be on the list when it has stopped.</summary>
    public IReadOnlySet<string> Members => contacts.Where((_, place) => place % 2 == 0 ? place < _done : place >= _done).ToHashSet();

    /// <summary>Puts those on the list who are to be taken off later.</summary>
    public async Task PrepareAsync()
    {
        using var answer = await replicas[0].PostAsJsonAsync($"/api/segments/{segment}/members", new { add = contacts.Where((_, place) => place % 2 != 0) });
        answer.EnsureSuccessStatusCode();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        for (; _done < contacts.Count && !stop.IsCancellationRequested; _done++)
        {
            await Task.Delay(Every, CancellationToken.None);
            for (var tries = 0; !await ChangeAsync(replicas[tries % replicas.Count], contacts[_done], joins: _done % 2 == 0); tries++)
                await Task.Delay(Sending.RetryPause, CancellationToken.None);
        }
    }

    private async Task<bool> ChangeAsync(HttpClient replica, string contact, bool joins)
    {
        try
        {
            object wish = joins ? new { add = new[] { contact } } : new { remove = new[] { contact } };
            using var answer = await replica.PostAsJsonAsync($"/api/segments/{segment}/members", wish);
            if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
                findings.Add($"changing the list for contact {contact} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return false;
        }
    }
}
