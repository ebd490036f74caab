namespace Pyrsia.Contracts.NodeApi;

/// <summary>The routes of a node's localhost API.</summary>
public static class ApiRoutes
{
    /// <summary>Who the node is and what it holds.</summary>
    public const string Status = "/status";

    /// <summary>The connected peers: their ids, or with <c>?details=true</c> what is known of each.</summary>
    public const string Peers = "/peers";

    /// <summary>Asks the authorities for an image.</summary>
    public const string BuildDocker = "/build/docker";

    /// <summary>Asks the authorities for a version of a Maven artifact, from its upstream or from source.</summary>
    public const string BuildMaven = "/build/maven";

    /// <summary>Where a build stands.</summary>
    public const string BuildStatus = "/build/status";

    /// <summary>Takes a request back.</summary>
    public const string BuildCancel = "/build/cancel";

    /// <summary>The newest requests.</summary>
    public const string BuildList = "/build/list";

    /// <summary>A piece of a build's log.</summary>
    public const string BuildLogs = "/build/logs";

    /// <summary>In what the results of a build differ.</summary>
    public const string BuildDifferences = "/build/differences";

    /// <summary>What coordinates are built from, and what is proposed.</summary>
    public const string Mapping = "/mapping";

    /// <summary>Proposes what coordinates are built from.</summary>
    public const string MappingPropose = "/mapping/propose";

    /// <summary>Where a version's own description says that its source is.</summary>
    public const string MappingSuggest = "/mapping/suggest";

    /// <summary>Hands in an approval that an authority's operator has signed.</summary>
    public const string MappingSubmit = "/mapping/submit";

    /// <summary>Who the authorities are, and who is proposed.</summary>
    public const string Authorities = "/authorities";

    /// <summary>Hands in a proposal or an approval of authorities that an operator has signed.</summary>
    public const string AuthoritiesSubmit = "/authorities/submit";

    /// <summary>The log's entries about a coordinate of any kind.</summary>
    public const string Inspect = "/inspect";

    /// <summary>The log's entries about an image.</summary>
    public const string InspectDocker = "/inspect/docker";

    /// <summary>The log's entries about a version of a Maven artifact.</summary>
    public const string InspectMaven = "/inspect/maven";

    /// <summary>The Maven repository.</summary>
    public const string Maven = "/maven2";

    /// <summary>The registry.</summary>
    public const string Registry = "/v2";

    /// <summary>Adds an authority; only in a test network.</summary>
    public const string AuthorizedNode = "/authorized_node";

    /// <summary>The newest checkpoint, as C2SP tlog-tiles serves it.</summary>
    public const string LogCheckpoint = "/log/checkpoint";

    /// <summary>Prefix of tiles and entry bundles.</summary>
    public const string LogTile = "/log/tile/";

    /// <summary>Prefix of attestation payloads that the log names by digest.</summary>
    public const string LogPayload = "/log/payload/";

    /// <summary>What leads to the authorities of an epoch from 1 on; its number follows.</summary>
    public const string LogSet = "/log/sets/";

    /// <summary>The process runs.</summary>
    public const string Live = "/livez";

    /// <summary>The process can serve.</summary>
    public const string Ready = "/readyz";

    /// <summary>Metrics in Prometheus' text form.</summary>
    public const string Metrics = "/metrics";
}
