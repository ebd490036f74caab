namespace Pyrsia.Libp2p;

/// <summary>A place that was taken in one or more scopes. It is given back once, however often it is disposed.</summary>
internal sealed class Reservation(ResourceAccounts accounts, ResourceScope[] scopes) : IDisposable
{
    private int released;

    /// <summary>The place was given back.</summary>
    public bool IsReleased => Volatile.Read(ref released) != 0;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref released, 1) == 0) accounts.Release(scopes);
    }
}
