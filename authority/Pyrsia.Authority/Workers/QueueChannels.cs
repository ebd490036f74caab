using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Authority.Workers;

/// <summary>What is announced about the queue of one schema. Channels are the whole database's, so their names hold the schema.</summary>
internal sealed class QueueChannels(string schema)
{
    private readonly string _suffix = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(schema)).AsSpan(0, 8));

    /// <summary>There may be something for a worker.</summary>
    internal string Jobs => $"pyrsia_jobs_{_suffix}";

    /// <summary>There may be something for the authority.</summary>
    internal string Reports => $"pyrsia_reports_{_suffix}";
}
