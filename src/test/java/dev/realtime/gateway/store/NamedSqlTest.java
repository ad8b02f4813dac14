package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class NamedSqlTest {

  @Test
  void numbersParametersInOrderAndOnceEach() {
    NamedSql sql = NamedSql.of("select :b from t where a = :a and c > :b or d = :aBit");

    assertThat(sql.text()).isEqualTo("select $1 from t where a = $2 and c > $1 or d = $3");
    assertThat(sql.names()).containsExactly("b", "a", "aBit");
    assertThat(sql.indexOf("aBit")).isEqualTo(2);
  }

  @Test
  void leavesCastsTextsNamesAndCommentsAlone() {
    NamedSql sql =
        NamedSql.of(
            "select :a::text, 'it''s :b', \"c:d\" -- not :e\n from t where x = (:f)::jsonb");

    assertThat(sql.text())
        .isEqualTo("select $1::text, 'it''s :b', \"c:d\" -- not :e\n from t where x = ($2)::jsonb");
    assertThat(sql.names()).isEqualTo(List.of("a", "f"));
  }

  @Test
  void refusesAnUnknownParameter() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NamedSql.of("select :a").indexOf("b"))
        .withMessageContaining(":b");
  }
}
