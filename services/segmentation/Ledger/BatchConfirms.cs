namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// Waits for the broker's confirms of messages that were sent one after the other, in the numbers of their channel. The broker
/// confirms in any order, one by one or all up to a number. Safe for concurrent use.
/// </summary>
/// <param name="first">The number of the first message; 1 or more.</param>
/// <param name="count">How many there are; 1 or more.</param>
internal sealed class BatchConfirms(ulong first, int count)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool[] _confirmed = new bool[count];
    private int _open = count;
    private int _lowest;

    /// <summary>Completes when all are confirmed; fails as <see cref="Fail"/> says.</summary>
    public Task All => _all.Task;

    /// <summary>Takes a confirm. Numbers of other messages are no business of this batch.</summary>
    /// <param name="isAllUpTo">True if it stands for every message up to this number.</param>
    public void Confirm(ulong number, bool isAllUpTo)
    {
        lock (_confirmed)
        {
            if (number < first)
                return;
            var place = (int)Math.Min(number - first, (ulong)_confirmed.Length);
            if (isAllUpTo)
            {
                for (; _lowest <= place && _lowest < _confirmed.Length; _lowest++)
                    Take(_lowest);
            }
            else if (place < _confirmed.Length)
            {
                Take(place);
            }

            if (_open == 0)
                _all.TrySetResult();
        }
    }

    /// <summary>Gives the batch up: one was refused, or the channel is gone.</summary>
    public void Fail(Exception reason) => _all.TrySetException(reason);

    private void Take(int place)
    {
        if (_confirmed[place])
            return;
        _confirmed[place] = true;
        _open--;
    }
}
