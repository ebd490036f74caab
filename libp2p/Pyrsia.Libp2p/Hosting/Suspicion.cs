namespace Pyrsia.Libp2p;

/// <summary>A signal that fires once. Its source has no timer and no wait handle, so it needs no disposal and its token stays valid.</summary>
internal sealed class Suspicion
{
    private readonly Action raise;

    public Suspicion()
    {
        var source = new CancellationTokenSource();
        raise = source.Cancel;
        Token = source.Token;
    }

    public CancellationToken Token { get; }

    public void Raise() => raise();
}
