namespace Pyrsia.Libp2p;

/// <summary>The safeguard of machines whose peers must never speak in the open.</summary>
internal static class PrivateNetworkGuard
{
    /// <summary>The variable of the environment that forbids hosts without a key, with the value 1.</summary>
    public const string Variable = "LIBP2P_FORCE_PNET";

    /// <summary>Refuses a host that would speak in the open where that is forbidden.</summary>
    /// <exception cref="InvalidOperationException">It would.</exception>
    public static void Check(PreSharedKey? key, string? forced)
    {
        if (key is null && forced == "1") throw new InvalidOperationException($"{Variable}=1 forbids a host without the key of a private network.");
    }
}
