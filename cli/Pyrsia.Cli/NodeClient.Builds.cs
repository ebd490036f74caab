using System.Net;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli;

internal sealed partial class NodeClient
{
    public Task<IReadOnlyList<BuildListEntry>> BuildListAsync(CancellationToken cancellationToken) =>
        GetAsync(ApiRoutes.BuildList, NodeApiJsonContext.Default.IReadOnlyListBuildListEntry, cancellationToken);

    /// <summary>Takes a request back.</summary>
    public Task<BuildStarted> CancelBuildAsync(string buildId, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.BuildCancel, new BuildCancelRequest(buildId), NodeApiJsonContext.Default.BuildCancelRequest, NodeApiJsonContext.Default.BuildStarted, cancellationToken);

    /// <summary>A piece of a build's log; null while no authority that answers has one.</summary>
    public async Task<BuildLogPiece?> BuildLogAsync(BuildLogsRequest body, CancellationToken cancellationToken)
    {
        using var request = Post(ApiRoutes.BuildLogs, body, NodeApiJsonContext.Default.BuildLogsRequest);
        using var response = await SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound && await ReadErrorAsync(response, cancellationToken) is { Code: "no-log" }) return null;
        await RequireAsync(response, cancellationToken);
        return await ReadJsonAsync(response, NodeApiJsonContext.Default.BuildLogPiece, cancellationToken) is { Bytes: not null, Authority: not null } piece ? piece : throw Unintelligible(ApiRoutes.BuildLogs);
    }

    /// <summary>In what the results of a build differ.</summary>
    public Task<BuildDifferences> BuildDifferencesAsync(string buildId, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.BuildDifferences, new BuildDifferencesRequest(buildId), NodeApiJsonContext.Default.BuildDifferencesRequest, NodeApiJsonContext.Default.BuildDifferences, cancellationToken);

    /// <summary>What a coordinate is built from, and which proposals wait.</summary>
    public Task<MappingAnswer> MappingAsync(string? coordinate, string? id, CancellationToken cancellationToken)
    {
        var query = coordinate is not null ? $"?coordinate={Uri.EscapeDataString(coordinate)}" : id is not null ? $"?id={Uri.EscapeDataString(id)}" : "";
        return GetAsync(ApiRoutes.Mapping + query, NodeApiJsonContext.Default.MappingAnswer, cancellationToken);
    }

    public Task<MappingSuggestion> SuggestSourceAsync(string coordinate, CancellationToken cancellationToken) =>
        GetAsync($"{ApiRoutes.MappingSuggest}?coordinate={Uri.EscapeDataString(coordinate)}", NodeApiJsonContext.Default.MappingSuggestion, cancellationToken);

    public Task<MappingSubmitted> ProposeMappingAsync(MappingProposeRequest request, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.MappingPropose, request, NodeApiJsonContext.Default.MappingProposeRequest, NodeApiJsonContext.Default.MappingSubmitted, cancellationToken);

    public Task<MappingSubmitted> SubmitMappingAsync(MappingSubmitRequest request, CancellationToken cancellationToken) =>
        PostAsync(ApiRoutes.MappingSubmit, request, NodeApiJsonContext.Default.MappingSubmitRequest, NodeApiJsonContext.Default.MappingSubmitted, cancellationToken);
}
