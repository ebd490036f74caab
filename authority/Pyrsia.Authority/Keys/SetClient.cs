using System.Text.Json;
using Pyrsia.Authority.Storage;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Curve25519;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Keys;

/// <summary>Asks the running authority about sets, and hands in what its operator signs.</summary>
internal sealed class SetClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;

    internal SetClient(NodeOptions options)
    {
        Network = AuthorityStorage.NetworkOf(options.Network is null ? null : NodeResources.ReadNetwork(options.Network));
        var host = options.Host.Contains(':', StringComparison.Ordinal) ? $"[{options.Host}]" : options.Host;
        _client = new HttpClient { BaseAddress = new Uri($"http://{host}:{options.Port}"), Timeout = Limit };
    }

    /// <summary>The network file.</summary>
    internal NetworkFile Network { get; }

    /// <summary>Who sits, and what waits.</summary>
    /// <exception cref="StartupException">The authority does not answer, or refuses.</exception>
    internal async Task<AuthoritiesAnswer> ShowAsync(CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(() => _client.GetAsync(new Uri(ApiRoutes.Authorities, UriKind.Relative), cancellationToken));
        return await ReadAsync(answer, NodeApiJsonContext.Default.AuthoritiesAnswer, cancellationToken);
    }

    /// <summary>Hands in an entry.</summary>
    /// <exception cref="StartupException">The authority does not answer, or refuses.</exception>
    internal async Task<SetSubmitted> SubmitAsync(SignedEntry entry, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(new SetSubmitRequest(entry.Leaf.ToArray()), NodeApiJsonContext.Default.SetSubmitRequest);
        using var answer = await AskAsync(() => _client.PostAsync(new Uri(ApiRoutes.AuthoritiesSubmit, UriKind.Relative), content, cancellationToken));
        return await ReadAsync(answer, NodeApiJsonContext.Default.SetSubmitted, cancellationToken);
    }

    /// <summary>The proposal that an id names: nobody approves what was not shown.</summary>
    /// <exception cref="StartupException">It is another.</exception>
    internal static SetProposal Read(SetProposalRecord record) =>
        Digest.Of(record.Proposal).Hex == record.Id && SetProposal.TryParse(record.Proposal, out var proposal, out _) ? proposal
            : throw new StartupException($"What is shown as the proposal {record.Id} is not it.", "Ask an authority that you run.");

    /// <summary>An authority as sets name it.</summary>
    /// <exception cref="StartupException">A key of it is malformed.</exception>
    internal static AuthorityMember Read(AuthorityRecord record) =>
        new byte[Ed25519PublicKey.Length] is var bytes && Convert.TryFromBase64String(record.VoteKey, bytes, out var length) && length == bytes.Length && Ed25519PublicKey.TryCreate(bytes, out var vote) && VerifierKey.TryParse(record.Cosigner, out var cosigner) && VerifierKey.TryParse(record.Log, out var log)
            ? new AuthorityMember(record.Name, record.Organisation, record.PeerId, vote, cosigner, log)
            : throw new StartupException($"A key of {record.Name} is malformed.", "Ask an authority that you run.");

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new StartupException($"{_client.BaseAddress} does not answer: {e.Message}", "Start the authority, or give the host and port that it was started with.", inner: e);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            if (answer.IsSuccessStatusCode) return JsonSerializer.Deserialize(text, type) ?? throw new JsonException("it is null");
            var refusal = JsonSerializer.Deserialize(text, NodeApiJsonContext.Default.ApiError) ?? throw new JsonException("it is null");
            throw new StartupException(refusal.Error, refusal.Advice ?? "See what waits with: pyrsia-authority set show");
        }
        catch (JsonException e)
        {
            throw new StartupException($"The answer is malformed: {e.Message}", "Check that an authority of this version runs there.", inner: e);
        }
    }
}
