using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Cli;

/// <summary>Talks to a node's localhost API. What it answers is believed in nothing that matters: proofs are checked here.</summary>
internal sealed partial class NodeClient : IDisposable
{
    /// <summary>Longest answer that is read into memory, in bytes: a full bundle of the longest log entries.</summary>
    private const long MaxAnswerBytes = EntryBundle.MaxBytes;

    /// <summary>How long an answer may take: a build request waits for the upstream.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public NodeClient(string address, HttpMessageHandler handler, TimeProvider time)
    {
        if (!Uri.TryCreate(address.EndsWith('/') ? address : address + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            handler.Dispose();
            throw CliException.Usage($"'{address}' is no address of a node.", $"Write it like {GlobalOptions.DefaultNode}.");
        }
        _time = time;
        _http = new HttpClient(handler) { BaseAddress = uri, MaxResponseContentBufferSize = MaxAnswerBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    public string Address => _http.BaseAddress!.ToString().TrimEnd('/');

    public void Dispose() => _http.Dispose();

    /// <summary>Whether the registry route answers as one.</summary>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "v2/"), cancellationToken);
        await RequireAsync(response, cancellationToken);
    }

    public Task<StatusResponse> StatusAsync(CancellationToken cancellationToken) =>
        GetAsync(ApiRoutes.Status, NodeApiJsonContext.Default.StatusResponse, cancellationToken);

    public Task<IReadOnlyList<PeerDetails>> PeersAsync(CancellationToken cancellationToken) =>
        GetAsync(ApiRoutes.Peers + "?details=true", NodeApiJsonContext.Default.IReadOnlyListPeerDetails, cancellationToken);

    public Task<BuildStarted> BuildDockerAsync(BuildDockerRequest request, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.BuildDocker, request, NodeApiJsonContext.Default.BuildDockerRequest, NodeApiJsonContext.Default.BuildStarted, cancellationToken);

    public Task<BuildStarted> BuildMavenAsync(BuildMavenRequest request, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.BuildMaven, request, NodeApiJsonContext.Default.BuildMavenRequest, NodeApiJsonContext.Default.BuildStarted, cancellationToken);

    public Task<IReadOnlyList<InspectEntry>> InspectMavenAsync(string gav, bool latest, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.InspectMaven, new InspectMavenRequest(gav, Latest: latest), NodeApiJsonContext.Default.InspectMavenRequest, NodeApiJsonContext.Default.IReadOnlyListInspectEntry, cancellationToken);

    /// <summary>The log's entries about a coordinate of any kind.</summary>
    public Task<IReadOnlyList<InspectEntry>> InspectAsync(string coordinate, bool latest, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.Inspect, new InspectRequest(coordinate, latest), NodeApiJsonContext.Default.InspectRequest, NodeApiJsonContext.Default.IReadOnlyListInspectEntry, cancellationToken);

    public Task<IReadOnlyList<InspectEntry>> InspectDockerAsync(string image, bool latest, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.InspectDocker, new InspectDockerRequest(image, Latest: latest), NodeApiJsonContext.Default.InspectDockerRequest, NodeApiJsonContext.Default.IReadOnlyListInspectEntry, cancellationToken);

    /// <summary>Where a build stands.</summary>
    public async Task<BuildStanding> BuildStatusAsync(string id, CancellationToken cancellationToken)
    {
        using var request = Post(ApiRoutes.BuildStatus, new BuildStatusRequest(id), NodeApiJsonContext.Default.BuildStatusRequest);
        using var response = await SendAsync(request, cancellationToken);
        await RequireAsync(response, cancellationToken);
        var answer = await ReadJsonAsync(response, CliNodeJson.Default.JsonElement, cancellationToken);
        bool? quorum = response.Headers.TryGetValues("Pyrsia-Quorum", out var values) ? values.FirstOrDefault() == "true" : null;
        var phase = response.Headers.TryGetValues("Pyrsia-Phase", out var phases) ? phases.FirstOrDefault() : null;
        if (answer.ValueKind == JsonValueKind.String && answer.GetString() == "Running") return new BuildStanding(quorum, null, null, phase, ReadShare(response));
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("Success", out var success) && success.Deserialize(NodeApiJsonContext.Default.BuildSuccess) is { } done)
            return new BuildStanding(quorum, done, null);
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("Failure", out var failure) && failure.ValueKind == JsonValueKind.String)
            return new BuildStanding(quorum, null, failure.GetString());
        throw Unintelligible(ApiRoutes.BuildStatus);
    }

    /// <summary>How much of a build's phase is done, 0 to 1, from a header such as <c>2/4</c>; null when the node does not say.</summary>
    private static double? ReadShare(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Pyrsia-Progress", out var values) || values.First().Split('/') is not [var done, var of]) return null;
        return int.TryParse(done, out var part) && int.TryParse(of, out var whole) && whole > 0 ? Math.Clamp((double)part / whole, 0, 1) : null;
    }

    /// <summary>A resource by its path; null when the node has none.</summary>
    public async Task<byte[]?> FindAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path.TrimStart('/')), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        await RequireAsync(response, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>The status code of a health route.</summary>
    public async Task<HttpStatusCode> ProbeAsync(string route, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, route.TrimStart('/')), cancellationToken);
        return response.StatusCode;
    }

    private async Task<T> GetAsync<T>(string route, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, route.TrimStart('/')), cancellationToken);
        await RequireAsync(response, cancellationToken);
        return await ReadJsonAsync(response, type, cancellationToken);
    }

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(string route, TRequest body, JsonTypeInfo<TRequest> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        using var request = Post(route, body, bodyType);
        using var response = await SendAsync(request, cancellationToken);
        await RequireAsync(response, cancellationToken);
        return await ReadJsonAsync(response, answerType, cancellationToken);
    }

    private static HttpRequestMessage Post<T>(string route, T body, JsonTypeInfo<T> type) => new(HttpMethod.Post, route.TrimStart('/'))
    {
        Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type)) { Headers = { ContentType = new("application/json") } },
    };

    private static async Task<T> ReadJsonAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw Unintelligible(response.RequestMessage!.RequestUri!.AbsolutePath);
        }
        catch (JsonException e)
        {
            throw Unintelligible(response.RequestMessage!.RequestUri!.AbsolutePath, e);
        }
    }

    private static CliException Unintelligible(string route, Exception? cause = null) =>
        new($"The answer of {route} is not understood.", "bad-answer", "Check that --node names a Pyrsia node, and that node and command line are of the same version.", ExitCode.Failed, cause);
}

/// <summary>Where a build stands: running while both ends are null.</summary>
internal sealed record BuildStanding(bool? Quorum, BuildSuccess? Success, string? Failure, string? Phase = null, double? Share = null);

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class CliNodeJson : System.Text.Json.Serialization.JsonSerializerContext;
