namespace Pyrsia.Authority.Workers;

/// <summary>Wakes one loop. However often it is called before the loop looks, the loop looks once.</summary>
internal sealed class WakeUp : IDisposable
{
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Lets the loop look.</summary>
    internal void Call()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    /// <summary>Waits to be called, at most for a time.</summary>
    internal Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _wake.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _wake.Dispose();
}
