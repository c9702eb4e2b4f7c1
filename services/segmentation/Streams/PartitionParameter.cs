using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>Partitions as a statement takes them.</summary>
internal static class PartitionParameter
{
    public static NpgsqlParameter Of(IEnumerable<short> partitions) =>
        new() { Value = partitions.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint };
}
